using System.Security.Cryptography;
using Poise.Core.Training.Data;

namespace Poise.Core.Nano;

/// <summary>Writes conversations as JSON lines, as they are made.</summary>
static class NanoCorpusFile
{
    /// <summary>Returns the SHA-256 of all bytes, lower-case hexadecimal, and what they consist of.</summary>
    /// <param name="format">Counts tokens; null where nobody asks for them.</param>
    /// <param name="written">Told after each conversation: how many there are.</param>
    public static (string Sha256, NanoStatistics Statistics) Write(Stream output, IEnumerable<NanoSample> samples, SampleFormat? format = null, Action<int>? written = null, CancellationToken cancellation = default)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var statistics = new NanoStatistics();
        int count = 0;
        foreach (NanoSample sample in samples)
        {
            cancellation.ThrowIfCancellationRequested();
            byte[] line = NanoJson.Line(sample);
            output.Write(line);
            hash.AppendData(line);
            statistics.Add(sample, format);
            written?.Invoke(++count);
        }
        return (Convert.ToHexStringLower(hash.GetHashAndReset()), statistics);
    }
}
