using System.Buffers.Binary;

namespace Poise.Tensors.Quantization;

/// <summary>32 codes of 4 bits that stand for unevenly spaced numbers: d (half), 16 bytes; y = d * number.</summary>
sealed class IQ4_NL() : IntegerBlockFormat(TensorType.IQ4_NL, 20, 32, 18, 32)
{
    public override bool CanQuantize => true;

    public override void Unpack(ReadOnlySpan<byte> blocks, Span<sbyte> codes, Span<float> scales, Span<float> minima)
    {
        int count = Count(blocks.Length);
        for (int b = 0; b < count; b++)
        {
            ReadOnlySpan<byte> block = blocks.Slice(18 * b, 18);
            scales[b] = HalfConversion.ReadHalf(block);
            Nibbles.LookUp(block[2..], IQ4Codebook.Numbers, codes.Slice(32 * b, 32));
        }
        minima[..count].Clear();
    }

    public override void Quantize(ReadOnlySpan<float> values, Span<byte> blocks)
    {
        int count = CountOfElements(values.Length);
        Span<sbyte> numbers = stackalloc sbyte[32];
        for (int b = 0; b < count; b++)
        {
            Span<byte> block = blocks.Slice(18 * b, 18);
            ushort d = SymmetricSearch.Encode<IQ4Codebook>(values.Slice(32 * b, 32), numbers);
            BinaryPrimitives.WriteUInt16LittleEndian(block, d);
            for (int i = 0; i < 16; i++)
                block[2 + i] = (byte)(IQ4Codebook.Code(numbers[i]) | IQ4Codebook.Code(numbers[i + 16]) << 4);
        }
    }
}
