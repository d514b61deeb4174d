using System.Buffers.Binary;
using System.Runtime.Intrinsics;

namespace Poise.Tensors.Quantization;

/// <summary>
/// 256 codes of 6 bits in sub-blocks of 16: 128 bytes of low nibbles, 64 bytes of upper bit pairs, 16 signed scales, d (half);
/// y = d * scale * (code - 32).
/// </summary>
sealed class Q6_K() : IntegerBlockFormat(TensorType.Q6_K, 14, 256, 210, 16)
{
    const int UpperAt = 128;
    internal const int ScalesAt = 192;
    internal const int ScaleAt = 208;

    public override bool CanQuantize => true;

    public override void Unpack(ReadOnlySpan<byte> blocks, Span<sbyte> codes, Span<float> scales, Span<float> minima)
    {
        int count = Count(blocks.Length);
        for (int b = 0; b < count; b++)
        {
            ReadOnlySpan<byte> block = blocks.Slice(210 * b, 210);
            float d = HalfConversion.ReadHalf(block[ScaleAt..]);
            for (int k = 0; k < 16; k++)
            {
                scales[16 * b + k] = d * (sbyte)block[ScalesAt + k];
                int half = k / 8, group = k % 8 / 2, part = 16 * (k % 2);
                Vector128<byte> code = KCodes.Field(block[(64 * half + 32 * (group & 1) + part)..], group < 2 ? 0 : 4, 15)
                    | KCodes.Field(block[(UpperAt + 32 * half + part)..], 2 * group, 3) << 4;
                (code.AsSByte() - Vector128.Create((sbyte)32)).CopyTo(codes.Slice(256 * b + 16 * k, 16));
            }
        }
        minima[..(16 * count)].Clear();
    }

    public override void Quantize(ReadOnlySpan<float> values, Span<byte> blocks)
    {
        int count = CountOfElements(values.Length);
        Span<sbyte> scales = stackalloc sbyte[16], codes = stackalloc sbyte[256];
        for (int b = 0; b < count; b++)
        {
            Span<byte> block = blocks.Slice(210 * b, 210);
            ushort d = SymmetricSearch.Encode<SixtyFour>(values.Slice(256 * b, 256), -128, 127, scales, codes);
            block.Clear();
            for (int i = 0; i < 256; i++)
            {
                int code = codes[i] + 32, half = i / 128, group = i % 128 / 32, lane = i % 32;
                block[64 * half + 32 * (group & 1) + lane] |= (byte)((code & 15) << (group < 2 ? 0 : 4));
                block[UpperAt + 32 * half + lane] |= (byte)(code >> 4 << 2 * group);
            }
            for (int k = 0; k < 16; k++) block[ScalesAt + k] = (byte)scales[k];
            BinaryPrimitives.WriteUInt16LittleEndian(block[ScaleAt..], d);
        }
    }

    readonly struct SixtyFour : ICodebook
    {
        public static float Low => -32;
        public static float High => 31;
        public static float Step => 0.1f;
        public static float Nearest(float x) => Math.Clamp(MathF.Round(x), -32f, 31f);
        public static Vector256<float> Nearest(Vector256<float> x) =>
            Vector256.Clamp(Vector256.Round(x), Vector256.Create(-32f), Vector256.Create(31f));
    }
}
