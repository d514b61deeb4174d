using System.Buffers.Binary;

namespace Poise.Tensors.Quantization;

/// <summary>32 codes of 4 bits: d and m (halves), 16 bytes; y = d * code + m.</summary>
sealed class Q4_1() : IntegerBlockFormat(TensorType.Q4_1, 3, 32, 20, 32)
{
    public override bool CanQuantize => true;

    public override void Unpack(ReadOnlySpan<byte> blocks, Span<sbyte> codes, Span<float> scales, Span<float> minima)
    {
        int count = Count(blocks.Length);
        for (int b = 0; b < count; b++)
        {
            ReadOnlySpan<byte> block = blocks.Slice(20 * b, 20);
            scales[b] = HalfConversion.ReadHalf(block);
            minima[b] = -HalfConversion.ReadHalf(block[2..]);
            Nibbles.Unpack(block[4..], 0, codes.Slice(32 * b, 32));
        }
    }

    public override void Quantize(ReadOnlySpan<float> values, Span<byte> blocks)
    {
        int count = CountOfElements(values.Length);
        for (int b = 0; b < count; b++)
        {
            ReadOnlySpan<float> x = values.Slice(32 * b, 32);
            Span<byte> block = blocks.Slice(20 * b, 20);
            (float least, float greatest) = Extremes.Range(x);
            float d = (greatest - least) / 15;
            float inverse = d != 0 ? 1 / d : 0;
            BinaryPrimitives.WriteUInt16LittleEndian(block, HalfConversion.SingleToHalf(d));
            BinaryPrimitives.WriteUInt16LittleEndian(block[2..], HalfConversion.SingleToHalf(least));
            for (int i = 0; i < 16; i++)
                block[4 + i] = (byte)(Code((x[i] - least) * inverse) | Code((x[i + 16] - least) * inverse) << 4);
        }
    }

    static int Code(float x) => Math.Clamp((int)(x + 0.5f), 0, 15);
}
