using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using Poise.Tensors.Formats;
using Poise.Tensors.Threading;

namespace Poise.Core.Adapters;

/// <summary>
/// What tells one base from another in seconds, whatever its size: SHA-256 over names, types and shapes of all tensors and
/// samples of their bytes. It depends on the layout; the same model in another layout has another digest.
/// </summary>
public static class BaseDigest
{
    const int SampleBytes = 4096, PieceBytes = 1 << 24;

    public static string Of(Checkpoint checkpoint)
    {
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Span<byte> number = stackalloc byte[8];
        foreach (StoredTensor tensor in checkpoint.Tensors.OrderBy(t => t.Name, StringComparer.Ordinal))
        {
            hash.AppendData(Encoding.UTF8.GetBytes($"{tensor.Name}\n{tensor.Type}\n"));
            foreach (long size in tensor.Shape)
            {
                BinaryPrimitives.WriteInt64LittleEndian(number, size);
                hash.AppendData(number);
            }

            int sample = (int)Math.Min(SampleBytes, tensor.ByteLength);
            foreach (long at in (long[])[0, (tensor.ByteLength - sample) / 2, tensor.ByteLength - sample]) hash.AppendData(tensor.Bytes(at, sample));
        }

        return $"{(checkpoint is GgufFile ? "gguf" : "folder")}-sampled:{Convert.ToHexStringLower(hash.GetHashAndReset())}";
    }

    /// <summary>
    /// Of every byte of the weights: the SHA-256 of one line per tensor, by name, that holds the SHA-256 of its bytes, its type, its
    /// shape and its name. It depends on the layout too.
    /// </summary>
    /// <param name="progress">Bytes done, and of how many; called by several threads.</param>
    public static string Whole(Checkpoint checkpoint, ComputePool pool, Action<long, long>? progress = null, CancellationToken cancellation = default)
    {
        StoredTensor[] tensors = [.. checkpoint.Tensors.OrderBy(t => t.Name, StringComparer.Ordinal)];
        var digests = new string[tensors.Length];
        long done = 0, total = tensors.Sum(t => t.ByteLength);
        pool.For(tensors.Length, 1, (from, to, _) =>
        {
            for (int i = from; i < to; i++)
            {
                using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
                for (long at = 0; at < tensors[i].ByteLength; at += PieceBytes)
                {
                    cancellation.ThrowIfCancellationRequested();
                    int length = (int)Math.Min(PieceBytes, tensors[i].ByteLength - at);
                    hash.AppendData(tensors[i].Bytes(at, length));
                    progress?.Invoke(Interlocked.Add(ref done, length), total);
                }

                digests[i] = Convert.ToHexStringLower(hash.GetHashAndReset());
            }
        });
        string text = string.Concat(tensors.Select((t, i) => $"{digests[i]} {t.Type} {string.Join('x', t.Shape)} {t.Name}\n"));
        return $"{(checkpoint is GgufFile ? "gguf" : "folder")}:{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)))}";
    }

    /// <summary>What to say where an adapter recorded another base of this layout; null where it agrees, or nothing is known.</summary>
    internal static string? Difference(string? recorded, AdapterBase @base)
    {
        if (recorded is null || @base.Digest is not { } own || recorded == own || Layout(recorded) != Layout(own)) return null;
        return $"the adapter was made for another base: it records {ErrorText.Clean(recorded)}, and {@base.Name} has {own}";
    }

    static string Layout(string digest) => digest.Split(':')[0];
}
