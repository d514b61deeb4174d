using System.Buffers.Binary;

namespace Poise.Tensors.Quantization;

/// <summary>32 codes of 5 bits: d and m (halves), 4 bytes of fifth bits, 16 bytes; y = d * code + m.</summary>
sealed class Q5_1() : IntegerBlockFormat(TensorType.Q5_1, 7, 32, 24, 32)
{
    public override bool CanQuantize => true;

    public override void Unpack(ReadOnlySpan<byte> blocks, Span<sbyte> codes, Span<float> scales, Span<float> minima)
    {
        int count = Count(blocks.Length);
        for (int b = 0; b < count; b++)
        {
            ReadOnlySpan<byte> block = blocks.Slice(24 * b, 24);
            scales[b] = HalfConversion.ReadHalf(block);
            minima[b] = -HalfConversion.ReadHalf(block[2..]);
            Nibbles.Unpack(block[8..], block.Slice(4, 4), 0, codes.Slice(32 * b, 32));
        }
    }

    public override void Quantize(ReadOnlySpan<float> values, Span<byte> blocks)
    {
        int count = CountOfElements(values.Length);
        for (int b = 0; b < count; b++)
        {
            ReadOnlySpan<float> x = values.Slice(32 * b, 32);
            Span<byte> block = blocks.Slice(24 * b, 24);
            (float least, float greatest) = Extremes.Range(x);
            float d = (greatest - least) / 31;
            float inverse = d != 0 ? 1 / d : 0;
            uint fifth = 0;
            for (int i = 0; i < 16; i++)
            {
                int first = Code((x[i] - least) * inverse), second = Code((x[i + 16] - least) * inverse);
                block[8 + i] = (byte)(first & 15 | (second & 15) << 4);
                fifth |= (uint)(first >> 4) << i | (uint)(second >> 4) << (i + 16);
            }
            BinaryPrimitives.WriteUInt16LittleEndian(block, HalfConversion.SingleToHalf(d));
            BinaryPrimitives.WriteUInt16LittleEndian(block[2..], HalfConversion.SingleToHalf(least));
            BinaryPrimitives.WriteUInt32LittleEndian(block[4..], fifth);
        }
    }

    static int Code(float x) => Math.Clamp((int)(x + 0.5f), 0, 31);
}
