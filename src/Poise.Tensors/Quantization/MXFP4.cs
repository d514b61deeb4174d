using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Poise.Tensors.Quantization;

/// <summary>
/// Microscaling FP4 (OCP): a scale byte e, then 16 bytes of E2M1 codes. The codes are the doubled numbers, an integer each,
/// under the scale 2^(e - 128).
/// </summary>
sealed class MXFP4() : IntegerBlockFormat(TensorType.MXFP4, 39, 32, 17, 32)
{
    /// <summary>Twice the E2M1 numbers. Code 8, minus zero, reads as zero.</summary>
    internal static Vector128<sbyte> Doubled => Vector128.Create(0, 1, 2, 3, 4, 6, 8, 12, 0, -1, -2, -3, -4, -6, -8, -12);

    /// <summary>2^(e - 128). Bytes 0 and 1 give subnormals.</summary>
    internal static float Scale(byte exponent) =>
        BitConverter.UInt32BitsToSingle(exponent < 2 ? 0x0020_0000u << exponent : (exponent - 1u) << 23);

    public override bool CanQuantize => true;

    public override void Unpack(ReadOnlySpan<byte> blocks, Span<sbyte> codes, Span<float> scales, Span<float> minima)
    {
        int count = Count(blocks.Length);
        for (int b = 0; b < count; b++)
        {
            ReadOnlySpan<byte> block = blocks.Slice(17 * b, 17);
            scales[b] = Scale(block[0]);
            Nibbles.LookUp(block[1..], Doubled, codes.Slice(32 * b, 32));
        }
        minima[..count].Clear();
    }

    public override void Dequantize(ReadOnlySpan<byte> blocks, Span<float> values)
    {
        if (!Avx512F.IsSupported)
        {
            base.Dequantize(blocks, values);
            return;
        }

        // The same products: a lookup of the numbers in place of one of the codes and a conversion.
        Vector512<float> table = Avx512F.ConvertToVector512Single(Avx512F.ConvertToVector512Int32(Doubled));
        int count = Count(blocks.Length);
        for (int b = 0; b < count; b++)
        {
            ReadOnlySpan<byte> block = blocks.Slice(17 * b, 17);
            Span<float> target = values.Slice(32 * b, 32);
            (Vector128<byte> low, Vector128<byte> high) = Nibbles.Split(block[1..]);
            Vector512<float> scale = Vector512.Create(Scale(block[0]));
            (Avx512F.PermuteVar16x32(table, Avx512F.ConvertToVector512Int32(low)) * scale).CopyTo(target);
            (Avx512F.PermuteVar16x32(table, Avx512F.ConvertToVector512Int32(high)) * scale).CopyTo(target[16..]);
        }
    }

    public override void Quantize(ReadOnlySpan<float> values, Span<byte> blocks)
    {
        int count = CountOfElements(values.Length);
        for (int b = 0; b < count; b++) QuantizeBlock(values.Slice(32 * b, 32), blocks.Slice(17 * b, 17));
    }

    static void QuantizeBlock(ReadOnlySpan<float> values, Span<byte> block)
    {
        float largest = 0;
        foreach (float value in values) largest = MathF.Max(largest, MathF.Abs(value));
        // floor(log2(largest)) - 2 is the shared exponent: the largest number lands on 4 or 6. Below 2^-125 the byte stays 0.
        int exponent = Math.Max(0, (int)(BitConverter.SingleToUInt32Bits(largest) >> 23) - 2);
        block[0] = (byte)exponent;
        float scale = Scale((byte)exponent);
        Span<byte> codes = block[1..];
        for (int i = 0; i < 16; i++) codes[i] = (byte)(Nearest(values[i], scale) | Nearest(values[i + 16], scale) << 4);
    }

    // Halfway between the doubled numbers; exact when scaled. A tie takes the number nearer to zero.
    static int Nearest(float value, float scale)
    {
        float magnitude = MathF.Abs(value);
        int code = 0;
        if (magnitude > 0.5f * scale) code++;
        if (magnitude > 1.5f * scale) code++;
        if (magnitude > 2.5f * scale) code++;
        if (magnitude > 3.5f * scale) code++;
        if (magnitude > 5f * scale) code++;
        if (magnitude > 7f * scale) code++;
        if (magnitude > 10f * scale) code++;
        return value < 0 && code != 0 ? code | 8 : code;
    }
}
