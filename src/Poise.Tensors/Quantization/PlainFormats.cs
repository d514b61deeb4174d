using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace Poise.Tensors.Quantization;

/// <summary>float32, stored as it is.</summary>
sealed class F32() : BlockFormat(TensorType.F32, 0, 1, 4)
{
    public override bool CanQuantize => true;

    public override void Dequantize(ReadOnlySpan<byte> blocks, Span<float> values)
    {
        int count = blocks.Length / BlockBytes;
        if (BitConverter.IsLittleEndian) blocks[..(count * BlockBytes)].CopyTo(MemoryMarshal.AsBytes(values));
        else
            for (int i = 0; i < count; i++) values[i] = BinaryPrimitives.ReadSingleLittleEndian(blocks[(4 * i)..]);
    }

    public override void Quantize(ReadOnlySpan<float> values, Span<byte> blocks)
    {
        if (BitConverter.IsLittleEndian) MemoryMarshal.AsBytes(values).CopyTo(blocks);
        else
            for (int i = 0; i < values.Length; i++) BinaryPrimitives.WriteSingleLittleEndian(blocks[(4 * i)..], values[i]);
    }
}

/// <summary>IEEE half precision.</summary>
sealed class F16() : BlockFormat(TensorType.F16, 1, 1, 2)
{
    public override bool CanQuantize => true;

    public override void Dequantize(ReadOnlySpan<byte> blocks, Span<float> values)
    {
        if (HalfConversion.TryView(blocks, out ReadOnlySpan<ushort> codes)) HalfConversion.HalfToSingle(codes, values);
        else
            for (int i = 0; i < blocks.Length / 2; i++) values[i] = HalfConversion.ReadHalf(blocks[(2 * i)..]);
    }

    public override void Quantize(ReadOnlySpan<float> values, Span<byte> blocks)
    {
        if (HalfConversion.TryView(blocks, out Span<ushort> codes)) HalfConversion.SingleToHalf(values, codes);
        else
            for (int i = 0; i < values.Length; i++)
                BinaryPrimitives.WriteUInt16LittleEndian(blocks[(2 * i)..], HalfConversion.SingleToHalf(values[i]));
    }
}

/// <summary>bfloat16: the upper half of a float32.</summary>
sealed class BF16() : BlockFormat(TensorType.BF16, 30, 1, 2)
{
    public override bool CanQuantize => true;

    public override void Dequantize(ReadOnlySpan<byte> blocks, Span<float> values)
    {
        if (HalfConversion.TryView(blocks, out ReadOnlySpan<ushort> codes)) HalfConversion.BrainToSingle(codes, values);
        else
            for (int i = 0; i < blocks.Length / 2; i++)
                values[i] = HalfConversion.BrainToSingle(BinaryPrimitives.ReadUInt16LittleEndian(blocks[(2 * i)..]));
    }

    public override void Quantize(ReadOnlySpan<float> values, Span<byte> blocks)
    {
        if (HalfConversion.TryView(blocks, out Span<ushort> codes)) HalfConversion.SingleToBrain(values, codes);
        else
            for (int i = 0; i < values.Length; i++)
                BinaryPrimitives.WriteUInt16LittleEndian(blocks[(2 * i)..], HalfConversion.SingleToBrain(values[i]));
    }
}

/// <summary>float64, rounded to float32 on reading.</summary>
sealed class F64() : BlockFormat(TensorType.F64, 28, 1, 8)
{
    public override void Dequantize(ReadOnlySpan<byte> blocks, Span<float> values)
    {
        for (int i = 0; i < blocks.Length / 8; i++) values[i] = (float)BinaryPrimitives.ReadDoubleLittleEndian(blocks[(8 * i)..]);
    }
}

/// <summary>Whole numbers and truth values, rounded to float32 on reading. A Bool is one byte, 0 or 1.</summary>
sealed class Integers(TensorType type, int ggufId, int bytes) : BlockFormat(type, ggufId, 1, bytes)
{
    public override void Dequantize(ReadOnlySpan<byte> blocks, Span<float> values)
    {
        values = values[..(blocks.Length / BlockBytes)];
        switch (Type)
        {
            case TensorType.I8:
                for (int i = 0; i < values.Length; i++) values[i] = (sbyte)blocks[i];
                break;
            case TensorType.U8:
                for (int i = 0; i < values.Length; i++) values[i] = blocks[i];
                break;
            case TensorType.Bool:
                for (int i = 0; i < values.Length; i++) values[i] = blocks[i] != 0 ? 1f : 0f;
                break;
            case TensorType.I16:
                for (int i = 0; i < values.Length; i++) values[i] = BinaryPrimitives.ReadInt16LittleEndian(blocks[(2 * i)..]);
                break;
            case TensorType.U16:
                for (int i = 0; i < values.Length; i++) values[i] = BinaryPrimitives.ReadUInt16LittleEndian(blocks[(2 * i)..]);
                break;
            case TensorType.I32:
                for (int i = 0; i < values.Length; i++) values[i] = BinaryPrimitives.ReadInt32LittleEndian(blocks[(4 * i)..]);
                break;
            case TensorType.U32:
                for (int i = 0; i < values.Length; i++) values[i] = BinaryPrimitives.ReadUInt32LittleEndian(blocks[(4 * i)..]);
                break;
            case TensorType.I64:
                for (int i = 0; i < values.Length; i++) values[i] = BinaryPrimitives.ReadInt64LittleEndian(blocks[(8 * i)..]);
                break;
            case TensorType.U64:
                for (int i = 0; i < values.Length; i++) values[i] = BinaryPrimitives.ReadUInt64LittleEndian(blocks[(8 * i)..]);
                break;
            default:
                throw new NotSupportedException($"{Name} is not a type of whole numbers.");
        }
    }
}
