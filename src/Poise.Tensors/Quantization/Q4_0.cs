using System.Buffers.Binary;

namespace Poise.Tensors.Quantization;

/// <summary>32 codes of 4 bits: d (half), 16 bytes; y = d * (code - 8).</summary>
sealed class Q4_0() : IntegerBlockFormat(TensorType.Q4_0, 2, 32, 18, 32)
{
    public override bool CanQuantize => true;

    public override void Unpack(ReadOnlySpan<byte> blocks, Span<sbyte> codes, Span<float> scales, Span<float> minima)
    {
        int count = Count(blocks.Length);
        for (int b = 0; b < count; b++)
        {
            ReadOnlySpan<byte> block = blocks.Slice(18 * b, 18);
            scales[b] = HalfConversion.ReadHalf(block);
            Nibbles.Unpack(block[2..], 8, codes.Slice(32 * b, 32));
        }
        minima[..count].Clear();
    }

    public override void Quantize(ReadOnlySpan<float> values, Span<byte> blocks)
    {
        int count = CountOfElements(values.Length);
        for (int b = 0; b < count; b++)
        {
            ReadOnlySpan<float> x = values.Slice(32 * b, 32);
            Span<byte> block = blocks.Slice(18 * b, 18);
            // Codes reach further down than up, so the value of largest magnitude takes -8 whatever its sign.
            float d = Extremes.Peak(x) / -8;
            float inverse = d != 0 ? 1 / d : 0;
            BinaryPrimitives.WriteUInt16LittleEndian(block, HalfConversion.SingleToHalf(d));
            for (int i = 0; i < 16; i++) block[2 + i] = (byte)(Code(x[i] * inverse) | Code(x[i + 16] * inverse) << 4);
        }
    }

    static int Code(float x) => Math.Clamp((int)(x + 8.5f), 0, 15);
}
