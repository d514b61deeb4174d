using Poise.Tensors.Kernels;

namespace Poise.Tensors.Matrices;

/// <summary>
/// A matrix multiplied in F32: F32, F16 and BF16 weights as they are, and in the precise mode every format, decoded row by
/// row as it is used. Always read from the mapped file.
/// </summary>
sealed unsafe class FloatMatrix(MatrixSource source) : WeightMatrix(source)
{
    public override bool ReadsInt8 => false;

    internal override long ScratchBytes => 4L * (Columns * sizeof(float) + 64) + Source.ScratchBytes;

    internal override void Compute(int group, ActivationBatch x, int firstTile, int tileCount, float* y, long stride, byte* scratch)
    {
        if (Lanes512.IsSupported) Compute<Lanes512>(group, x, firstTile, tileCount, y, stride, scratch);
        else if (Lanes256.IsSupported) Compute<Lanes256>(group, x, firstTile, tileCount, y, stride, scratch);
        else Compute<Lanes128>(group, x, firstTile, tileCount, y, stride, scratch);
    }

    void Compute<TLanes>(int group, ActivationBatch x, int firstTile, int tileCount, float* y, long stride, byte* scratch) where TLanes : struct, ILanes<TLanes>
    {
        int first = group * GroupRows, end = Math.Min(Rows, first + GroupRows), columns = Columns;
        (int firstRow, _) = x.TileRows(firstTile);
        (int lastFirst, int lastCount) = x.TileRows(firstTile + tileCount - 1);
        int endRow = lastFirst + lastCount;
        float* results = stackalloc float[4];
        for (int row = first; row < end; row += 4)
        {
            // A last quartet of fewer rows repeats its last row; the copies are not stored.
            float* a = RowFloats<TLanes>(row, 0, scratch);
            float* b = row + 1 < end ? RowFloats<TLanes>(row + 1, 1, scratch) : a;
            float* c = row + 2 < end ? RowFloats<TLanes>(row + 2, 2, scratch) : a;
            float* d = row + 3 < end ? RowFloats<TLanes>(row + 3, 3, scratch) : a;
            int count = Math.Min(4, end - row);
            for (int t = firstRow; t < endRow; t++)
            {
                FloatDot.Four<TLanes>(a, b, c, d, x.Row(t), columns, results);
                float* target = y + t * stride + row;
                for (int i = 0; i < count; i++) target[i] = results[i];
            }
        }
    }

    float* RowFloats<TLanes>(int row, int slot, byte* scratch) where TLanes : struct, ILanes<TLanes>
    {
        float* target = (float*)(scratch + slot * ((long)Columns * sizeof(float) + 64));
        byte* blocks = Source.Row(row, scratch + 4L * (Columns * sizeof(float) + 64));
        switch (Source.Format.Type)
        {
            case TensorType.F32 when ((long)blocks & 3) == 0 && BitConverter.IsLittleEndian:
                return (float*)blocks;
            case TensorType.BF16 when BitConverter.IsLittleEndian:
                FloatDot.WidenBFloat16<TLanes>((ushort*)blocks, target, Columns);
                return target;
            case TensorType.F16 when BitConverter.IsLittleEndian:
                FloatDot.WidenHalf<TLanes>((ushort*)blocks, target, Columns);
                return target;
            default:
                Source.Format.Dequantize(new ReadOnlySpan<byte>(blocks, checked((int)Source.RowBytes)), new Span<float>(target, Columns));
                return target;
        }
    }
}
