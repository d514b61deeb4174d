using System.Runtime.Intrinsics;

namespace Poise.Tensors.Quantization;

/// <summary>
/// Turns rows of MXFP4 between the layout of Hugging Face and OpenAI files (codes and scales in two tensors; byte j of a group
/// holds elements 2j and 2j+1) and GGUF's (17-byte blocks of a scale and 16 bytes; byte j holds elements j and j+16).
/// A permutation: nothing is lost.
/// </summary>
public static class MXFP4Layouts
{
    const int GroupBytes = 16;
    const int BlockBytes = 17;

    /// <param name="blocks">[groups * 16]</param>
    /// <param name="scales">[groups]</param>
    /// <param name="row">[groups * 17]</param>
    public static void ToGguf(ReadOnlySpan<byte> blocks, ReadOnlySpan<byte> scales, Span<byte> row)
    {
        Check(blocks.Length, scales.Length, row.Length);
        Vector128<byte> evenLanes = Vector128.Create((ushort)0x00ff).AsByte();
        if (!BitConverter.IsLittleEndian) evenLanes = ~evenLanes;
        for (int g = 0; g < scales.Length; g++)
        {
            Vector128<byte> source = Vector128.Create(blocks.Slice(GroupBytes * g, GroupBytes));
            // Output bytes 2j and 2j+1 come from the low and the high nibbles of input bytes j (elements 0..15) and j+8 (16..31).
            Vector128<byte> first = Vector128.Shuffle(source, Vector128.Create((byte)0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7));
            Vector128<byte> second = Vector128.Shuffle(source, Vector128.Create((byte)8, 8, 9, 9, 10, 10, 11, 11, 12, 12, 13, 13, 14, 14, 15, 15));
            Span<byte> block = row.Slice(BlockBytes * g, BlockBytes);
            block[0] = scales[g];
            Join(evenLanes, first, second).CopyTo(block[1..]);
        }
    }

    /// <param name="row">[groups * 17]</param>
    /// <param name="blocks">[groups * 16]</param>
    /// <param name="scales">[groups]</param>
    public static void FromGguf(ReadOnlySpan<byte> row, Span<byte> blocks, Span<byte> scales)
    {
        Check(blocks.Length, scales.Length, row.Length);
        Vector128<byte> lowerLanes = Vector128.Create(ulong.MaxValue, 0).AsByte();
        for (int g = 0; g < scales.Length; g++)
        {
            ReadOnlySpan<byte> block = row.Slice(BlockBytes * g, BlockBytes);
            Vector128<byte> source = Vector128.Create(block[1..]);
            // Output bytes j and j+8 come from the low and the high nibbles of input bytes 2j and 2j+1.
            Vector128<byte> even = Vector128.Shuffle(source, Vector128.Create((byte)0, 2, 4, 6, 8, 10, 12, 14, 0, 2, 4, 6, 8, 10, 12, 14));
            Vector128<byte> odd = Vector128.Shuffle(source, Vector128.Create((byte)1, 3, 5, 7, 9, 11, 13, 15, 1, 3, 5, 7, 9, 11, 13, 15));
            scales[g] = block[0];
            Join(lowerLanes, even, odd).CopyTo(blocks.Slice(GroupBytes * g, GroupBytes));
        }
    }

    // Where the mask is set: the low nibbles of both, elsewhere the high nibbles; the second's go to the high nibble.
    static Vector128<byte> Join(Vector128<byte> mask, Vector128<byte> first, Vector128<byte> second)
    {
        Vector128<byte> low = Vector128.Create((byte)0x0f), high = Vector128.Create((byte)0xf0);
        return Vector128.ConditionalSelect(mask, first & low | second << 4, first >> 4 | second & high);
    }

    static void Check(int blocks, int scales, int row)
    {
        if (blocks != (long)scales * GroupBytes || row != (long)scales * BlockBytes)
            throw new ArgumentException($"{scales:N0} MXFP4 groups take {GroupBytes} bytes of codes or {BlockBytes} of GGUF blocks each, not {blocks:N0} and {row:N0} in all.");
    }
}
