using System.Buffers.Binary;
using System.Security.Cryptography;

namespace Poise.Core.Training.Runs;

/// <summary>What tells the data of one step from others': SHA-256 of tokens, targets and starts of documents, 32 bits each, low byte first.</summary>
static class BatchDigest
{
    public static string Of(IReadOnlyList<TrainingBatch> batches)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Span<byte> word = stackalloc byte[sizeof(int)];
        foreach (TrainingBatch batch in batches)
        {
            foreach (int value in (IEnumerable<int>)[batch.Rows, .. batch.Tokens, .. batch.Targets, batch.Starts.Length, .. batch.Starts])
            {
                BinaryPrimitives.WriteInt32LittleEndian(word, value);
                hash.AppendData(word);
            }
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
