using System.Buffers.Binary;

namespace Poise.Tensors.Quantization;

/// <summary>
/// 256 codes of IQ4_NL in sub-blocks of 32: d (half), 2 bytes of upper and 4 of lower bits of the 6-bit scales, 128 bytes of
/// codes; y = d * (scale - 32) * number.
/// </summary>
sealed class IQ4_XS() : IntegerBlockFormat(TensorType.IQ4_XS, 23, 256, 136, 32)
{
    public override bool CanQuantize => true;

    public override void Unpack(ReadOnlySpan<byte> blocks, Span<sbyte> codes, Span<float> scales, Span<float> minima)
    {
        int count = Count(blocks.Length);
        for (int b = 0; b < count; b++)
        {
            ReadOnlySpan<byte> block = blocks.Slice(136 * b, 136);
            float d = HalfConversion.ReadHalf(block);
            int upper = BinaryPrimitives.ReadUInt16LittleEndian(block[2..]);
            for (int g = 0; g < 8; g++)
            {
                int scale = block[4 + g / 2] >> g % 2 * 4 & 15 | (upper >> 2 * g & 3) << 4;
                scales[8 * b + g] = d * (scale - 32);
                Nibbles.LookUp(block[(8 + 16 * g)..], IQ4Codebook.Numbers, codes.Slice(256 * b + 32 * g, 32));
            }
        }
        minima[..(8 * count)].Clear();
    }

    public override void Quantize(ReadOnlySpan<float> values, Span<byte> blocks)
    {
        int count = CountOfElements(values.Length);
        Span<sbyte> scales = stackalloc sbyte[8], numbers = stackalloc sbyte[256];
        for (int b = 0; b < count; b++)
        {
            Span<byte> block = blocks.Slice(136 * b, 136);
            ushort d = SymmetricSearch.Encode<IQ4Codebook>(values.Slice(256 * b, 256), -32, 31, scales, numbers);
            block.Clear();
            int upper = 0;
            for (int g = 0; g < 8; g++)
            {
                int scale = scales[g] + 32;
                block[4 + g / 2] |= (byte)((scale & 15) << g % 2 * 4);
                upper |= scale >> 4 << 2 * g;
            }
            BinaryPrimitives.WriteUInt16LittleEndian(block, d);
            BinaryPrimitives.WriteUInt16LittleEndian(block[2..], (ushort)upper);
            for (int i = 0; i < 256; i++)
                block[8 + i / 32 * 16 + i % 16] |= (byte)(IQ4Codebook.Code(numbers[i]) << i / 16 % 2 * 4);
        }
    }
}
