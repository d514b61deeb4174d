using System.Buffers.Binary;
using System.Runtime.Intrinsics;

namespace Poise.Tensors.Quantization;

/// <summary>
/// 256 codes of 3 bits in sub-blocks of 16: 32 bytes of third bits, 64 bytes of the lower two, 12 bytes of 6-bit scales,
/// d (half); y = d * (scale - 32) * (code - 4).
/// </summary>
sealed class Q3_K() : IntegerBlockFormat(TensorType.Q3_K, 11, 256, 110, 16)
{
    const int CodesAt = 32;
    const int ScalesAt = 96;
    const int ScaleAt = 108;

    public override bool CanQuantize => true;

    public override void Unpack(ReadOnlySpan<byte> blocks, Span<sbyte> codes, Span<float> scales, Span<float> minima)
    {
        int count = Count(blocks.Length);
        for (int b = 0; b < count; b++)
        {
            ReadOnlySpan<byte> block = blocks.Slice(110 * b, 110);
            float d = HalfConversion.ReadHalf(block[ScaleAt..]);
            ReadOnlySpan<byte> packed = block.Slice(ScalesAt, 12);
            for (int k = 0; k < 16; k++)
            {
                int low = k < 8 ? packed[k] & 15 : packed[k - 8] >> 4;
                int high = packed[8 + k % 4] >> k / 4 * 2 & 3;
                scales[16 * b + k] = d * ((low | high << 4) - 32);
                // k / 2 numbers the groups of 32, one bit of the third-bit bytes each.
                Vector128<byte> code = KCodes.Field(block[(CodesAt + 32 * (k / 8) + 16 * (k % 2))..], k % 8 / 2 * 2, 3)
                    | KCodes.Field(block[(16 * (k % 2))..], k / 2, 1) << 2;
                (code.AsSByte() - Vector128.Create((sbyte)4)).CopyTo(codes.Slice(256 * b + 16 * k, 16));
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
            Span<byte> block = blocks.Slice(110 * b, 110);
            ushort d = SymmetricSearch.Encode<Eight>(values.Slice(256 * b, 256), -32, 31, scales, codes);
            block.Clear();
            Span<byte> packed = block.Slice(ScalesAt, 12);
            for (int k = 0; k < 16; k++)
            {
                int scale = scales[k] + 32;
                packed[k % 8] |= (byte)((scale & 15) << k / 8 * 4);
                packed[8 + k % 4] |= (byte)(scale >> 4 << k / 4 * 2);
            }
            for (int i = 0; i < 256; i++)
            {
                int code = codes[i] + 4;
                block[CodesAt + 32 * (i / 128) + i % 32] |= (byte)((code & 3) << i % 128 / 32 * 2);
                block[i % 32] |= (byte)(code >> 2 << i / 32);
            }
            BinaryPrimitives.WriteUInt16LittleEndian(block[ScaleAt..], d);
        }
    }

    readonly struct Eight : ICodebook
    {
        public static float Low => -4;
        public static float High => 3;
        public static float Step => 0.1f;
        public static float Nearest(float x) => Math.Clamp(MathF.Round(x), -4f, 3f);
    }
}
