using System.Buffers.Binary;
using System.Runtime.Intrinsics;

namespace Poise.Tensors.Quantization;

/// <summary>
/// 256 codes of 2 bits in sub-blocks of 16: 16 bytes of a scale (low nibble) and a minimum (high nibble), 64 bytes of codes,
/// d and dmin (halves); y = d * scale * code - dmin * minimum.
/// </summary>
sealed class Q2_K() : IntegerBlockFormat(TensorType.Q2_K, 10, 256, 84, 16)
{
    const int CodesAt = 16;
    const int ScaleAt = 80;

    public override bool CanQuantize => true;

    public override void Unpack(ReadOnlySpan<byte> blocks, Span<sbyte> codes, Span<float> scales, Span<float> minima)
    {
        int count = Count(blocks.Length);
        for (int b = 0; b < count; b++)
        {
            ReadOnlySpan<byte> block = blocks.Slice(84 * b, 84);
            float d = HalfConversion.ReadHalf(block[ScaleAt..]), dmin = HalfConversion.ReadHalf(block[(ScaleAt + 2)..]);
            for (int k = 0; k < 16; k++)
            {
                scales[16 * b + k] = d * (block[k] & 15);
                minima[16 * b + k] = dmin * (block[k] >> 4);
                KCodes.Field(block[(CodesAt + 32 * (k / 8) + 16 * (k % 2))..], k % 8 / 2 * 2, 3).AsSByte()
                    .CopyTo(codes.Slice(256 * b + 16 * k, 16));
            }
        }
    }

    public override void Quantize(ReadOnlySpan<float> values, Span<byte> blocks)
    {
        int count = CountOfElements(values.Length);
        Span<byte> scales = stackalloc byte[16], minima = stackalloc byte[16], codes = stackalloc byte[256];
        for (int b = 0; b < count; b++)
        {
            Span<byte> block = blocks.Slice(84 * b, 84);
            (ushort d, ushort dmin) = AffineSearch.Encode(values.Slice(256 * b, 256), 3, 15, scales, minima, codes);
            block.Clear();
            for (int k = 0; k < 16; k++) block[k] = (byte)(scales[k] | minima[k] << 4);
            for (int i = 0; i < 256; i++) block[CodesAt + 32 * (i / 128) + i % 32] |= (byte)(codes[i] << i % 128 / 32 * 2);
            BinaryPrimitives.WriteUInt16LittleEndian(block[ScaleAt..], d);
            BinaryPrimitives.WriteUInt16LittleEndian(block[(ScaleAt + 2)..], dmin);
        }
    }
}
