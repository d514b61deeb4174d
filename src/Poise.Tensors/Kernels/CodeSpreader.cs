using System.Runtime.CompilerServices;
using Poise.Tensors.Quantization;

namespace Poise.Tensors.Kernels;

/// <summary>Brings rows of file blocks into the layouts of <see cref="PackedNibbles"/> and <see cref="PackedSixBits"/>.</summary>
static unsafe class CodeSpreader
{
    const ulong EachByte = 0x0101010101010101;
    const int LargestBlock = 256;

    public static void Nibbles(TensorType type, PackedNibbles.Layout layout, byte* row, int blocks, int index, byte* group)
    {
        BlockFormat format = BlockFormats.Get(type);
        sbyte* codes = stackalloc sbyte[LargestBlock];
        ulong zero = (ulong)layout.Zero * EachByte;
        for (int first = 0; first < blocks; first += layout.Blocks, row += format.BlockBytes, group += layout.UnitBytes)
        {
            Codes(format, row, codes);
            // All these formats begin with d, then the minimum; Q4_1 adds its minimum rather than subtracting it.
            ushort* halves = (ushort*)group + index;
            halves[0] = Unsafe.ReadUnaligned<ushort>(row);
            if (layout.HasMinima) halves[16] = (ushort)(Unsafe.ReadUnaligned<ushort>(row + 2) ^ (type == TensorType.Q4_1 ? 0x8000 : 0));
            if (type == TensorType.Q4_K)
            {
                byte* scales = group + layout.HalfBytes + index;
                for (int g = 0; g < layout.Blocks; g++)
                {
                    (int scale, int minimum) = KCodes.ScaleAndMinimum(new ReadOnlySpan<byte>(row + 4, 12), g);
                    scales[32 * g] = (byte)scale;
                    scales[32 * g + 16] = (byte)minimum;
                }
            }

            // Codes in two's complement of 4 bits, less their zero: turning the zero's bit is adding it.
            byte* target = group + layout.HeadBytes + 4 * index;
            for (int i = 0; i < 4 * layout.Blocks; i++, target += 64) *(uint*)target = Lower(Eight(codes + 8 * i) ^ zero);
        }
    }

    public static void SixBits(byte* row, int blocks, int index, byte* group)
    {
        BlockFormat format = BlockFormats.Get(TensorType.Q6_K);
        sbyte* codes = stackalloc sbyte[LargestBlock];
        for (int first = 0; first < blocks; first += PackedSixBits.UnitBlocks, row += format.BlockBytes, group += PackedSixBits.UnitBytes)
        {
            Codes(format, row, codes);
            ((ushort*)group)[index] = Unsafe.ReadUnaligned<ushort>(row + Q6_K.ScaleAt);
            for (int s = 0; s < 16; s++) group[PackedSixBits.ScalesAt + 16 * s + index] = row[Q6_K.ScalesAt + s];
            byte* target = group + PackedSixBits.HeadBytes + 4 * index;
            for (int b = 0; b < PackedSixBits.UnitBlocks; b++, target += PackedSixBits.BlockBytes)
            {
                for (int h = 0; h < 2; h++)
                {
                    ulong first8 = Eight(codes + 32 * b + 16 * h) ^ (32 * EachByte), second8 = Eight(codes + 32 * b + 16 * h + 8) ^ (32 * EachByte);
                    *(uint*)(target + 128 * h) = Lower(first8);
                    *(uint*)(target + 128 * h + 64) = Lower(second8);
                    *(uint*)(target + PackedSixBits.UpperAt + 64 * h) = Upper(first8) | (Upper(second8) << 4);
                }
            }
        }
    }

    static void Codes(BlockFormat format, byte* block, sbyte* codes)
    {
        // Scales are taken from the block itself: products of theirs would need four times the room.
        float* unused = stackalloc float[LargestBlock / 8];
        int subs = format.BlockElements / format.SubBlock;
        format.Unpack(new ReadOnlySpan<byte>(block, format.BlockBytes), new Span<sbyte>(codes, format.BlockElements), new Span<float>(unused, subs), new Span<float>(unused + subs, subs));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static ulong Eight(sbyte* codes) => Unsafe.ReadUnaligned<ulong>(codes);

    // Four lower bits of eight codes: code k with code k+4 in its high nibble.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static uint Lower(ulong codes) => (uint)(codes & (15 * EachByte)) | ((uint)((codes & (15 * EachByte)) >> 32) << 4);

    // Bits 4 and 5 of eight codes: of code k in bits 0 and 1, of code k+4 in bits 2 and 3.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static uint Upper(ulong codes)
    {
        ulong bits = (codes >> 4) & (3 * EachByte);
        return (uint)bits | ((uint)(bits >> 32) << 2);
    }
}
