using System.Security.Cryptography;
using System.Text;
using Poise.Tensors;
using Poise.Tensors.Threading;

namespace Poise.Core.Training.Transcripts;

/// <summary>
/// A digest of trained values: the SHA-256 of one line per parameter, in the order of the run, that holds the SHA-256 of its F32
/// values (little-endian), its shape and its name.
/// </summary>
public static class WeightsDigest
{
    public static string Compute(ComputePool pool, IReadOnlyList<Parameter> parameters)
    {
        var lines = new StringBuilder();
        IReadOnlyList<string> digests = ComputeEach(pool, parameters);
        for (int i = 0; i < parameters.Count; i++)
            lines.Append(digests[i]).Append(' ').AppendJoin('x', parameters[i].Shape).Append(' ').Append(parameters[i].Name).Append('\n');
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(lines.ToString())));
    }

    /// <summary>Of each parameter by itself: where two runs differ, this says in which tensor.</summary>
    public static IReadOnlyList<string> ComputeEach(ComputePool pool, IReadOnlyList<Parameter> parameters)
    {
        var digests = new string[parameters.Count];
        pool.For(digests.Length, 1, (from, to, _) =>
        {
            for (int i = from; i < to; i++) digests[i] = Compute(parameters[i].Value.All);
        });
        return digests;
    }

    static string Compute(ReadOnlySpan<float> values)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        FloatBytes.Append(hash, values);
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
