using System.Security.Cryptography;
using System.Text;
using Poise.Core.Training.Optimizers;
using Poise.Tensors;
using Poise.Tensors.Threading;

namespace Poise.Core.Training.Transcripts;

/// <summary>
/// A digest of trained values: the SHA-256 of one line per parameter, in the order of the run, that holds the SHA-256 of its F32
/// values (little-endian), its shape and its name.
/// </summary>
public static class WeightsDigest
{
    public static string Compute(ComputePool pool, IReadOnlyList<Parameter> parameters) =>
        Join("", parameters.Select(p => (p.Name, p.Shape)), ComputeEach(pool, parameters));

    /// <summary>
    /// Of what an optimiser remembers: a first line of its kind and the steps that it has taken, then its values in the same way, each
    /// under its name, a slash and that of the parameter.
    /// </summary>
    public static string Compute(ComputePool pool, IOptimizer optimizer)
    {
        IReadOnlyList<OptimizerState> state = optimizer.State;
        return Join(FormattableString.Invariant($"{optimizer.Kind} {optimizer.Steps}\n"), state.Select(s => ($"{s.Name}/{s.Parameter.Name}", s.Parameter.Shape)),
            ComputeEach(pool, state.Count, i => state[i].Values));
    }

    /// <summary>Of each parameter by itself: where two runs differ, this says in which tensor.</summary>
    public static IReadOnlyList<string> ComputeEach(ComputePool pool, IReadOnlyList<Parameter> parameters) => ComputeEach(pool, parameters.Count, i => parameters[i].Value);

    static string[] ComputeEach(ComputePool pool, int count, Func<int, FloatRows> values)
    {
        var digests = new string[count];
        pool.For(count, 1, (from, to, _) =>
        {
            for (int i = from; i < to; i++) digests[i] = Compute(values(i).All);
        });
        return digests;
    }

    static string Join(string head, IEnumerable<(string Name, IReadOnlyList<long> Shape)> tensors, IReadOnlyList<string> digests)
    {
        var lines = new StringBuilder(head);
        foreach (((string name, IReadOnlyList<long> shape), string digest) in tensors.Zip(digests)) lines.Append(digest).Append(' ').AppendJoin('x', shape).Append(' ').Append(name).Append('\n');
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(lines.ToString())));
    }

    static string Compute(ReadOnlySpan<float> values)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        FloatBytes.Append(hash, values);
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
