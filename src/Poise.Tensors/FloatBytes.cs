using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace Poise.Tensors;

/// <summary>F32 values as little-endian bytes, on any machine: what files and digests hold.</summary>
public static class FloatBytes
{
    const int PieceFloats = 1 << 14;

    public static void Write(Stream stream, ReadOnlySpan<float> values) => ForEach(values, stream, static (bytes, stream) => stream.Write(bytes));

    public static void Append(IncrementalHash hash, ReadOnlySpan<float> values) => ForEach(values, hash, static (bytes, hash) => hash.AppendData(bytes));

    /// <summary>In pieces: a span of bytes could not hold as many floats as a span of floats.</summary>
    static void ForEach<T>(ReadOnlySpan<float> values, T target, Action<ReadOnlySpan<byte>, T> action)
    {
        byte[]? swapped = BitConverter.IsLittleEndian ? null : new byte[PieceFloats * sizeof(float)];
        while (values.Length > 0)
        {
            ReadOnlySpan<float> piece = values[..Math.Min(PieceFloats, values.Length)];
            values = values[piece.Length..];
            if (swapped is null)
            {
                action(MemoryMarshal.AsBytes(piece), target);
                continue;
            }
            for (int i = 0; i < piece.Length; i++) BinaryPrimitives.WriteSingleLittleEndian(swapped.AsSpan(i * sizeof(float)), piece[i]);
            action(swapped.AsSpan(0, piece.Length * sizeof(float)), target);
        }
    }
}
