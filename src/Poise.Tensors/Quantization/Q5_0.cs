using System.Buffers.Binary;

namespace Poise.Tensors.Quantization;

/// <summary>32 codes of 5 bits: d (half), 4 bytes of fifth bits, 16 bytes; y = d * (code - 16).</summary>
sealed class Q5_0() : IntegerBlockFormat(TensorType.Q5_0, 6, 32, 22, 32)
{
    public override bool CanQuantize => true;

    public override void Unpack(ReadOnlySpan<byte> blocks, Span<sbyte> codes, Span<float> scales, Span<float> minima)
    {
        int count = Count(blocks.Length);
        for (int b = 0; b < count; b++)
        {
            ReadOnlySpan<byte> block = blocks.Slice(22 * b, 22);
            scales[b] = HalfConversion.ReadHalf(block);
            Nibbles.Unpack(block[6..], block.Slice(2, 4), 16, codes.Slice(32 * b, 32));
        }
        minima[..count].Clear();
    }

    public override void Quantize(ReadOnlySpan<float> values, Span<byte> blocks)
    {
        int count = CountOfElements(values.Length);
        for (int b = 0; b < count; b++)
        {
            ReadOnlySpan<float> x = values.Slice(32 * b, 32);
            Span<byte> block = blocks.Slice(22 * b, 22);
            float d = Extremes.Peak(x) / -16;
            float inverse = d != 0 ? 1 / d : 0;
            uint fifth = 0;
            for (int i = 0; i < 16; i++)
            {
                int first = Code(x[i] * inverse), second = Code(x[i + 16] * inverse);
                block[6 + i] = (byte)(first & 15 | (second & 15) << 4);
                fifth |= (uint)(first >> 4) << i | (uint)(second >> 4) << (i + 16);
            }
            BinaryPrimitives.WriteUInt16LittleEndian(block, HalfConversion.SingleToHalf(d));
            BinaryPrimitives.WriteUInt32LittleEndian(block[2..], fifth);
        }
    }

    static int Code(float x) => Math.Clamp((int)(x + 16.5f), 0, 31);
}
