using System.Runtime.CompilerServices;
using Poise.Tensors.Kernels;
using Poise.Tensors.Threading;

namespace Poise.Tensors.Matrices;

/// <summary>
/// Products with the transpose of a stored matrix, dx = dy W: what a gradient needs that passes a layer back. Blocks are decoded
/// where they lie, some columns of W at a time, straight into the panels of <see cref="FloatTile"/>: W never exists as F32. The bits
/// are those of <see cref="FloatProduct"/> with the decoded transpose.
/// </summary>
public sealed unsafe class TransposedProduct(ComputePool pool) : IDisposable
{
    /// <summary>
    /// Columns of W at a time, where blocks are not longer: what they take of a row is one or two cache lines, and the panels of
    /// sixteen of them stay in the second cache.
    /// </summary>
    const int Piece = 96;

    const int Panels = WeightMatrix.GroupRows / FloatTile.Rows;

    readonly ActivationBatch _batch = new();
    readonly ScratchPool _scratch = new(pool.Threads);

    /// <param name="dy">[rows, rows of <paramref name="matrix"/>].</param>
    /// <param name="dx">[rows, columns of <paramref name="matrix"/>], overwritten.</param>
    public void Run(FloatRows dy, MatrixSource matrix, FloatRows dx)
    {
        if (dy.Columns != matrix.Rows || dx.Columns != matrix.Columns || dx.Rows != dy.Rows)
            throw new ArgumentException($"[{dy.Rows}, {dy.Columns}] times [{matrix.Rows}, {matrix.Columns}] does not give [{dx.Rows}, {dx.Columns}].");
        if (ReferenceEquals(dx, dy)) throw new ArgumentException("The result cannot take the place of a factor.");
        if (dy.Rows == 0) return;
        _batch.Set(dy);
        _batch.PackPanels(pool, all: true);
        int columns = matrix.Format.BlockElements > Piece ? matrix.Format.BlockElements : Piece, pieces = (matrix.Columns + columns - 1) / columns;
        long group = new FloatBlocks(matrix.Rows).Bytes(Panels) / sizeof(float), groups = columns / WeightMatrix.GroupRows;
        long rows = 16L * columns, blocks = 16 * matrix.Format.RowBytes(columns) / sizeof(float) + 1;
        pool.For(pieces, 1, (start, end, worker) =>
        {
            float* panels = _scratch.Get(worker, groups * group + FloatGroup.SumsFloats + rows + blocks);
            float* sums = panels + groups * group, decoded = sums + FloatGroup.SumsFloats;
            for (int piece = start; piece < end; piece++)
            {
                int first = piece * columns, count = Math.Min(columns, matrix.Columns - first);
                Pack(matrix, first, count, panels, group, decoded, (byte*)(decoded + rows));
                for (int c = 0; c < count; c += WeightMatrix.GroupRows)
                    FloatGroup.MultiplyPanels(panels + c / WeightMatrix.GroupRows * group, sums, Math.Min(WeightMatrix.GroupRows, count - c), _batch, 0, _batch.Tiles, dx.Pointer + first + c, dx.Columns);
            }
        });
    }

    // Sixteen rows of W are one step of the panels of each group of sixteen columns.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void Pack(MatrixSource matrix, int first, int count, float* panels, long group, float* decoded, byte* blocks)
    {
        var cut = new FloatBlocks(matrix.Rows);
        int steps = (matrix.Rows + 15) / 16, stepsOfBlock = cut.Columns / 16;
        long offset = matrix.Format.RowBytes(first), bytes = matrix.Format.RowBytes(count);
        for (int step = 0; step < steps; step++)
        {
            int rows = Math.Min(16, matrix.Rows - step * 16);
            // No hardware guesses where the next rows lie.
            for (int r = (step + 2) * 16; r < Math.Min(matrix.Rows, (step + 3) * 16); r++) matrix.Prefetch(r, offset, bytes);
            for (int r = 0; r < rows; r++) matrix.CopyBlocks(step * 16 + r, first, count, offset, new Span<byte>(blocks + r * bytes, (int)bytes));
            matrix.Format.Dequantize(new ReadOnlySpan<byte>(blocks, (int)(rows * bytes)), new Span<float>(decoded, rows * count));
            if (rows < 16) new Span<float>(decoded + rows * count, (16 - rows) * count).Clear();
            float* target = panels + (long)(step / stepsOfBlock) * Panels * cut.PanelFloats + step % stepsOfBlock * FloatTile.StepFloats;
            for (int c = 0; c < count; c += 16) Transposition.ToPanels(decoded + c, count, Math.Min(16, count - c), target + c / 16 * group, cut.PanelFloats);
        }
    }

    public void Dispose()
    {
        _batch.Dispose();
        _scratch.Dispose();
    }
}
