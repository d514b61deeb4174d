using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace Poise.Tensors.Quantization;

/// <summary>32 codes of 8 bits: d (half), 32 signed bytes; y = d * code.</summary>
sealed class Q8_0() : IntegerBlockFormat(TensorType.Q8_0, 8, 32, 34, 32)
{
    public override bool CanQuantize => true;

    public override void Unpack(ReadOnlySpan<byte> blocks, Span<sbyte> codes, Span<float> scales, Span<float> minima)
    {
        int count = Count(blocks.Length);
        for (int b = 0; b < count; b++)
        {
            ReadOnlySpan<byte> block = blocks.Slice(34 * b, 34);
            scales[b] = HalfConversion.ReadHalf(block);
            MemoryMarshal.Cast<byte, sbyte>(block[2..]).CopyTo(codes.Slice(32 * b, 32));
        }
        minima[..count].Clear();
    }

    // The codes are used where they lie, not copied first.
    public override void Dequantize(ReadOnlySpan<byte> blocks, Span<float> values)
    {
        int count = Count(blocks.Length);
        for (int b = 0; b < count; b++)
        {
            ReadOnlySpan<byte> block = blocks.Slice(34 * b, 34);
            ReadOnlySpan<sbyte> codes = MemoryMarshal.Cast<byte, sbyte>(block[2..]);
            Span<float> target = values.Slice(32 * b, 32);
            float scale = HalfConversion.ReadHalf(block);
            Expand(codes[..16], scale, 0, target[..16]);
            Expand(codes[16..], scale, 0, target[16..]);
        }
    }

    public override void Quantize(ReadOnlySpan<float> values, Span<byte> blocks)
    {
        int count = CountOfElements(values.Length);
        for (int b = 0; b < count; b++)
        {
            ReadOnlySpan<float> x = values.Slice(32 * b, 32);
            Span<byte> block = blocks.Slice(34 * b, 34);
            float d = MathF.Abs(Extremes.Peak(x)) / 127;
            float inverse = d != 0 ? 1 / d : 0;
            BinaryPrimitives.WriteUInt16LittleEndian(block, HalfConversion.SingleToHalf(d));
            for (int i = 0; i < 32; i++)
                block[2 + i] = (byte)(sbyte)Math.Clamp((int)MathF.Round(x[i] * inverse, MidpointRounding.AwayFromZero), -127, 127);
        }
    }
}
