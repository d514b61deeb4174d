using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Poise.Tensors.Quantization;

/// <summary>4-bit codes as GGUF packs them: 16 bytes hold elements 0..15 in their low and 16..31 in their high nibbles.</summary>
static class Nibbles
{
    /// <summary>The low and the high nibbles of 16 bytes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static (Vector128<byte> Low, Vector128<byte> High) Split(ReadOnlySpan<byte> packed)
    {
        Vector128<byte> bytes = Vector128.Create(packed[..16]);
        return (bytes & Vector128.Create((byte)15), bytes >> 4);
    }

    /// <summary>32 codes, each less <paramref name="offset"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Unpack(ReadOnlySpan<byte> packed, sbyte offset, Span<sbyte> codes)
    {
        (Vector128<byte> low, Vector128<byte> high) = Split(packed);
        (low.AsSByte() - Vector128.Create(offset)).CopyTo(codes[..16]);
        (high.AsSByte() - Vector128.Create(offset)).CopyTo(codes.Slice(16, 16));
    }

    /// <summary>32 codes of 5 bits, the fifth bit of element i being bit i of the 4 bytes <paramref name="fifth"/>, each less <paramref name="offset"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Unpack(ReadOnlySpan<byte> packed, ReadOnlySpan<byte> fifth, sbyte offset, Span<sbyte> codes)
    {
        (Vector128<byte> low, Vector128<byte> high) = Split(packed);
        low |= FifthBits(fifth[0], fifth[1]);
        high |= FifthBits(fifth[2], fifth[3]);
        (low.AsSByte() - Vector128.Create(offset)).CopyTo(codes[..16]);
        (high.AsSByte() - Vector128.Create(offset)).CopyTo(codes.Slice(16, 16));
    }

    /// <summary>32 codes looked up in a table of 16 numbers.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void LookUp(ReadOnlySpan<byte> packed, Vector128<sbyte> table, Span<sbyte> codes)
    {
        (Vector128<byte> low, Vector128<byte> high) = Split(packed);
        Vector128.Shuffle(table, low.AsSByte()).CopyTo(codes[..16]);
        Vector128.Shuffle(table, high.AsSByte()).CopyTo(codes.Slice(16, 16));
    }

    // 16 in each byte whose bit is set. Each half repeats one byte eight times, so byte order does not matter.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector128<byte> FifthBits(byte first, byte second)
    {
        const ulong Repeat = 0x0101_0101_0101_0101;
        Vector128<byte> bit = Vector128.Create((byte)1, 2, 4, 8, 16, 32, 64, 128, 1, 2, 4, 8, 16, 32, 64, 128);
        Vector128<byte> bits = Vector128.Create(first * Repeat, second * Repeat).AsByte();
        return Vector128.Equals(bits & bit, bit) & Vector128.Create((byte)16);
    }
}
