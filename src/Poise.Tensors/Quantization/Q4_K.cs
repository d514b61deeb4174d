using System.Buffers.Binary;
using System.Runtime.Intrinsics;

namespace Poise.Tensors.Quantization;

/// <summary>
/// 256 codes of 4 bits in sub-blocks of 32: d and dmin (halves), 12 bytes of 6-bit scales and minima, 128 bytes of codes (two
/// sub-blocks to 32 bytes, the first in the low nibbles); y = d * scale * code - dmin * minimum.
/// </summary>
sealed class Q4_K() : IntegerBlockFormat(TensorType.Q4_K, 12, 256, 144, 32)
{
    public override bool CanQuantize => true;

    public override void Unpack(ReadOnlySpan<byte> blocks, Span<sbyte> codes, Span<float> scales, Span<float> minima)
    {
        int count = Count(blocks.Length);
        for (int b = 0; b < count; b++)
        {
            ReadOnlySpan<byte> block = blocks.Slice(144 * b, 144);
            float d = HalfConversion.ReadHalf(block), dmin = HalfConversion.ReadHalf(block[2..]);
            ReadOnlySpan<byte> packed = block.Slice(4, 12);
            for (int g = 0; g < 8; g++)
            {
                (int scale, int minimum) = KCodes.ScaleAndMinimum(packed, g);
                scales[8 * b + g] = d * scale;
                minima[8 * b + g] = dmin * minimum;
                ReadOnlySpan<byte> source = block.Slice(16 + 32 * (g / 2), 32);
                Span<sbyte> target = codes.Slice(256 * b + 32 * g, 32);
                KCodes.Field(source, g % 2 * 4, 15).AsSByte().CopyTo(target);
                KCodes.Field(source[16..], g % 2 * 4, 15).AsSByte().CopyTo(target[16..]);
            }
        }
    }

    public override void Quantize(ReadOnlySpan<float> values, Span<byte> blocks)
    {
        int count = CountOfElements(values.Length);
        Span<byte> scales = stackalloc byte[8], minima = stackalloc byte[8], codes = stackalloc byte[256];
        for (int b = 0; b < count; b++)
        {
            Span<byte> block = blocks.Slice(144 * b, 144);
            (ushort d, ushort dmin) = AffineSearch.Encode(values.Slice(256 * b, 256), 15, 63, scales, minima, codes);
            block.Clear();
            BinaryPrimitives.WriteUInt16LittleEndian(block, d);
            BinaryPrimitives.WriteUInt16LittleEndian(block[2..], dmin);
            KCodes.PackScalesAndMinima(scales, minima, block.Slice(4, 12));
            for (int i = 0; i < 256; i++) block[16 + 32 * (i / 64) + i % 32] |= (byte)(codes[i] << i / 32 % 2 * 4);
        }
    }
}
