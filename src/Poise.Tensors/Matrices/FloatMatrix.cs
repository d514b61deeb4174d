using Poise.Tensors.Kernels;

namespace Poise.Tensors.Matrices;

/// <summary>
/// A matrix multiplied in F32: F32, F16 and BF16 weights as they are, and in the precise mode every format, decoded row by
/// row as it is used. Packed, four rows of plain weights take turns, 32 columns each: one stream
/// through pages of 2 MB, where a mapped file gives four through pages of 4 kB, at whose ends the processor stops reading ahead.
/// </summary>
sealed unsafe class FloatMatrix(MatrixSource source) : WeightMatrix(source)
{
    public override bool ReadsInt8 => false;

    public override bool CanPack => IsPlain && !Source.IsCopy;

    private protected override long GroupBytes => GroupRows * Chunks * ChunkBytes;

    int Chunks => (Columns + FloatGroup.ChunkColumns - 1) / FloatGroup.ChunkColumns;

    int ChunkBytes => FloatGroup.ChunkColumns * Source.Format.BlockBytes;

    // Rows that are made as they are asked for have no place of their own.
    bool IsPlain => BitConverter.IsLittleEndian && Source.ScratchBytes == 0 && Source.Format.Type is TensorType.F32 or TensorType.F16 or TensorType.BF16;

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
        byte* packed = Packed(group);
        for (int r = 0; r < count; r++)
        {
            rows[r] = packed is not null ? Packed(packed, r, 0)
                : IsPlain ? Source.Row(first + r, memory)
                : Decode(first + r, memory + r * DecodedRowBytes, memory + GroupRows * DecodedRowBytes);
        }

        byte* following = !IsPlain || first + GroupRows >= Rows ? rows[0] : packed is not null ? packed + GroupBytes : Source.Row(first + GroupRows, memory);
        long chunk = packed is not null ? FloatTile.Rows * ChunkBytes : IsPlain ? ChunkBytes : FloatGroup.ChunkColumns * sizeof(float);
        float* target = y + first, work = (float*)scratch;
        switch (IsPlain ? Source.Format.Type : TensorType.F32)
        {
            case TensorType.BF16: FloatGroup.Multiply<BF16Weights>(rows, count, chunk, following, x, firstTile, tileCount, target, stride, work); break;
            case TensorType.F16: FloatGroup.Multiply<F16Weights>(rows, count, chunk, following, x, firstTile, tileCount, target, stride, work); break;
            default: FloatGroup.Multiply<F32Weights>(rows, count, chunk, following, x, firstTile, tileCount, target, stride, work); break;
        }
    }

    private protected override void PackGroup(int group, byte* target, byte* scratch)
    {
        int first = group * GroupRows, count = Math.Min(GroupRows, Rows - first);
        for (int r = 0; r < count; r++)
        {
            byte* row = Source.Row(first + r, scratch);
            for (int c = 0; c < Chunks; c++)
            {
                long start = (long)c * ChunkBytes;
                Buffer.MemoryCopy(row + start, Packed(target, r, c), ChunkBytes, Math.Min(ChunkBytes, Source.RowBytes - start));
            }
        }
    }

    // 32 columns of a row of a packed group.
    byte* Packed(byte* group, int row, int chunk) =>
        group + ((long)(row / FloatTile.Rows * Chunks + chunk) * FloatTile.Rows + row % FloatTile.Rows) * ChunkBytes;

    byte* Decode(int row, byte* target, byte* scratch)
    {
        byte* blocks = Source.Row(row, scratch);
        Source.Format.Dequantize(new ReadOnlySpan<byte>(blocks, checked((int)Source.RowBytes)), new Span<float>(target, Columns));
        return target;
    }
}
