using Poise.Tensors.Threading;

namespace Poise.Tensors.Matrices;

/// <summary>
/// y = W x for weights in some format. Work is divided by groups of 16 rows: a thread owns whole output elements.
/// </summary>
public abstract unsafe class WeightMatrix : IDisposable
{
    public const int GroupRows = 16;

    protected WeightMatrix(MatrixSource source) => Source = source;

    public MatrixSource Source { get; }

    public int Rows => Source.Rows;

    public int Columns => Source.Columns;

    public int Groups => (Rows + GroupRows - 1) / GroupRows;

    /// <summary>Whether it reads the 8-bit form of the activations.</summary>
    public abstract bool ReadsInt8 { get; }

    /// <summary>Bytes held in memory besides the mapped file.</summary>
    public virtual long PackedBytes => 0;

    /// <summary>Bytes of scratch per thread.</summary>
    internal abstract long ScratchBytes { get; }

    /// <summary>
    /// Rows 16*group.. for the batch rows of some tiles. y[(row of batch) * stride + row of matrix].
    /// </summary>
    internal abstract void Compute(int group, ActivationBatch x, int firstTile, int tileCount, float* y, long stride, byte* scratch);

    /// <summary>Copies the weights into the packed layout. Groups may be packed by several threads.</summary>
    internal virtual void Pack(ComputePool pool) { }

    public virtual void Dispose() => GC.SuppressFinalize(this);

    /// <summary>Decodes one row to F32. <paramref name="values"/> [columns].</summary>
    public void DecodeRow(int row, Span<float> values)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(row);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(row, Rows);
        byte* scratch = stackalloc byte[0];
        NativeBuffer? buffer = Source.ScratchBytes > 0 ? new NativeBuffer(Source.ScratchBytes) : null;
        byte* blocks = Source.Row(row, buffer is null ? scratch : buffer.Pointer);
        Source.Format.Dequantize(new ReadOnlySpan<byte>(blocks, checked((int)Source.RowBytes)), values);
        buffer?.Dispose();
    }
}
