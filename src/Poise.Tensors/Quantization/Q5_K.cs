using System.Buffers.Binary;
using System.Runtime.Intrinsics;

namespace Poise.Tensors.Quantization;

/// <summary>
/// 256 codes of 5 bits in sub-blocks of 32: as <see cref="Q4_K"/>, with 32 bytes of fifth bits (bit g for sub-block g) before
/// the 128 bytes of codes; y = d * scale * code - dmin * minimum.
/// </summary>
sealed class Q5_K() : IntegerBlockFormat(TensorType.Q5_K, 13, 256, 176, 32)
{
    const int FifthAt = 16;
    const int CodesAt = 48;

    public override bool CanQuantize => true;

    public override void Unpack(ReadOnlySpan<byte> blocks, Span<sbyte> codes, Span<float> scales, Span<float> minima)
    {
        int count = Count(blocks.Length);
        for (int b = 0; b < count; b++)
        {
            ReadOnlySpan<byte> block = blocks.Slice(176 * b, 176);
            float d = HalfConversion.ReadHalf(block), dmin = HalfConversion.ReadHalf(block[2..]);
            ReadOnlySpan<byte> packed = block.Slice(4, 12);
            for (int g = 0; g < 8; g++)
            {
                (int scale, int minimum) = KCodes.ScaleAndMinimum(packed, g);
                scales[8 * b + g] = d * scale;
                minima[8 * b + g] = dmin * minimum;
                for (int half = 0; half < 32; half += 16)
                    (KCodes.Field(block[(CodesAt + 32 * (g / 2) + half)..], g % 2 * 4, 15) | KCodes.Field(block[(FifthAt + half)..], g, 1) << 4)
                        .AsSByte().CopyTo(codes.Slice(256 * b + 32 * g + half, 16));
            }
        }
    }

    public override void Quantize(ReadOnlySpan<float> values, Span<byte> blocks)
    {
        int count = CountOfElements(values.Length);
        Span<byte> scales = stackalloc byte[8], minima = stackalloc byte[8], codes = stackalloc byte[256];
        for (int b = 0; b < count; b++)
        {
            Span<byte> block = blocks.Slice(176 * b, 176);
            (ushort d, ushort dmin) = AffineSearch.Encode(values.Slice(256 * b, 256), 31, 63, scales, minima, codes);
            block.Clear();
            BinaryPrimitives.WriteUInt16LittleEndian(block, d);
            BinaryPrimitives.WriteUInt16LittleEndian(block[2..], dmin);
            KCodes.PackScalesAndMinima(scales, minima, block.Slice(4, 12));
            for (int i = 0; i < 256; i++)
            {
                block[CodesAt + 32 * (i / 64) + i % 32] |= (byte)((codes[i] & 15) << i / 32 % 2 * 4);
                block[FifthAt + i % 32] |= (byte)(codes[i] >> 4 << i / 32);
            }
        }
    }
}
