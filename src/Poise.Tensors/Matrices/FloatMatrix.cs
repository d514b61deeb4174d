using Poise.Tensors.Kernels;

namespace Poise.Tensors.Matrices;

/// <summary>
/// A matrix multiplied in F32: F32, F16 and BF16 weights as they are, and in the precise mode every format, decoded row by
/// row as it is used. Always read from the mapped file.
/// </summary>
sealed unsafe class FloatMatrix(MatrixSource source) : WeightMatrix(source)
{
    public override bool ReadsInt8 => false;

    bool IsPlain => BitConverter.IsLittleEndian && Source.Format.Type is TensorType.F32 or TensorType.F16 or TensorType.BF16;

    long DecodedRowBytes => ((long)Columns * sizeof(float) + 63) & ~63L;

    internal override long ScratchBytes => FloatGroup.ScratchBytes(Columns)
        + (IsPlain ? 0 : Math.Max(GroupRows * DecodedRowBytes + Source.ScratchBytes, FloatGroup.DecodedFloats * sizeof(float) + GroupRows * Source.ScratchBytes));

    internal override void Compute(int group, ActivationBatch x, int firstTile, int tileCount, float* y, long stride, byte* scratch)
    {
        int first = group * GroupRows, count = Math.Min(GroupRows, Rows - first);
        if (!IsPlain && x.HasPanels(firstTile, tileCount))
        {
            FloatGroup.MultiplyDecoded(Source, first, count, x, firstTile, tileCount, y + first, stride, (float*)scratch);
            return;
        }

        byte** rows = stackalloc byte*[GroupRows];
        byte* memory = scratch + FloatGroup.ScratchBytes(Columns);
        for (int r = 0; r < count; r++) rows[r] = IsPlain ? Source.Row(first + r, memory) : Decode(first + r, memory + r * DecodedRowBytes, memory + GroupRows * DecodedRowBytes);
        byte* following = IsPlain && first + GroupRows < Rows ? Source.Row(first + GroupRows, memory) : rows[0];
        float* target = y + first, work = (float*)scratch;
        switch (IsPlain ? Source.Format.Type : TensorType.F32)
        {
            case TensorType.BF16: FloatGroup.Multiply<BF16Weights>(rows, count, following, x, firstTile, tileCount, target, stride, work); break;
            case TensorType.F16: FloatGroup.Multiply<F16Weights>(rows, count, following, x, firstTile, tileCount, target, stride, work); break;
            default: FloatGroup.Multiply<F32Weights>(rows, count, following, x, firstTile, tileCount, target, stride, work); break;
        }
    }

    byte* Decode(int row, byte* target, byte* scratch)
    {
        byte* blocks = Source.Row(row, scratch);
        Source.Format.Dequantize(new ReadOnlySpan<byte>(blocks, checked((int)Source.RowBytes)), new Span<float>(target, Columns));
        return target;
    }
}
