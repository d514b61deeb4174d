using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using Poise.Tensors.Formats;

namespace Poise.Core.Adapters;

/// <summary>
/// What tells one base from another in seconds, whatever its size: SHA-256 over names, types and shapes of all tensors and
/// samples of their bytes. It depends on the layout; the same model in another layout has another digest.
/// </summary>
public static class BaseDigest
{
    const int SampleBytes = 4096;

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

    /// <summary>What to say where an adapter recorded another base of this layout; null where it agrees, or nothing is known.</summary>
    internal static string? Difference(string? recorded, AdapterBase @base)
    {
        if (recorded is null || @base.Digest is not { } own || recorded == own || Layout(recorded) != Layout(own)) return null;
        return $"the adapter was made for another base: it records {ErrorText.Clean(recorded)}, and {@base.Name} has {own}";
    }

    static string Layout(string digest) => digest.Split(':')[0];
}
