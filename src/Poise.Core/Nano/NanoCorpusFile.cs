using System.Security.Cryptography;

namespace Poise.Core.Nano;

/// <summary>Writes a corpus as JSON lines, as it is made.</summary>
static class NanoCorpusFile
{
    /// <summary>What was written; the SHA-256 is of all bytes, lower-case hexadecimal.</summary>
    /// <param name="written">Told after each conversation: how many there are.</param>
    public static (string Sha256, NanoStatistics Statistics) Write(Stream output, ulong seed, int count, Action<int>? written = null, CancellationToken cancellation = default)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var statistics = new NanoStatistics();
        for (int i = 0; i < count; i++)
        {
            cancellation.ThrowIfCancellationRequested();
            NanoSample sample = NanoCorpus.Sample(seed, i);
            byte[] line = NanoJson.Line(sample);
            output.Write(line);
            hash.AppendData(line);
            statistics.Add(sample, 0, 0);
            written?.Invoke(i + 1);
        }
        return (Convert.ToHexStringLower(hash.GetHashAndReset()), statistics);
    }
}
