using Poise.Tensors.Kernels;
using Poise.Tensors.Threading;

namespace Poise.Tensors.Matrices;

/// <summary>
/// Products of two F32 arrays whose rows both run along the summed dimension: c[i, j] = a[i] . b[j], in the order of the
/// contract, hence the same bits for any number of threads and at every vector width. Buffers are reused from call to call.
/// </summary>
public sealed unsafe class FloatProduct(ComputePool pool) : IDisposable
{
    readonly NativeBuffer?[] _scratch = new NativeBuffer?[pool.Threads];
    readonly ActivationBatch _batch = new();

    /// <param name="a">[m, k].</param>
    /// <param name="b">[n, k].</param>
    /// <param name="c">[m, n], overwritten. Must be another array than the factors.</param>
    public void Run(FloatRows a, FloatRows b, FloatRows c)
    {
        if (c.Columns != b.Rows) throw new ArgumentException($"[{a.Rows}, {a.Columns}] times [{b.Rows}, {b.Columns}] transposed does not give [{c.Rows}, {c.Columns}].");
        Run(a, b, c, 0);
    }

    /// <summary>The same into the columns of <paramref name="c"/> from <paramref name="column"/> on.</summary>
    public void Run(FloatRows a, FloatRows b, FloatRows c, int column)
    {
        if (a.Columns != b.Columns || c.Rows != a.Rows || column < 0 || c.Columns - column < b.Rows)
            throw new ArgumentException($"[{a.Rows}, {a.Columns}] times [{b.Rows}, {b.Columns}] transposed does not fit in [{c.Rows}, {c.Columns}] from column {column} on.");
        if (ReferenceEquals(c, a) || ReferenceEquals(c, b)) throw new ArgumentException("The result cannot take the place of a factor.");
        if (a.Rows == 0 || b.Rows == 0) return;
        _batch.Set(a);
        _batch.PackPanels(pool);
        long scratch = FloatGroup.ScratchBytes(a.Columns);
        int tiles = _batch.Tiles, groups = (b.Rows + WeightMatrix.GroupRows - 1) / WeightMatrix.GroupRows;
        // Few groups are divided further, by tiles, so that every thread has work; each piece packs its group anew.
        int parts = Math.Clamp(pool.Threads * 4 / groups, 1, tiles), tilesOfPart = (tiles + parts - 1) / parts;
        parts = (tiles + tilesOfPart - 1) / tilesOfPart;
        pool.For(checked(groups * parts), 1, (start, end, worker) =>
        {
            if (_scratch[worker] is not { } memory || memory.Length < scratch)
            {
                _scratch[worker]?.Dispose();
                _scratch[worker] = memory = new NativeBuffer(scratch);
            }

            for (int i = start; i < end; i++) Group(b, i / parts, i % parts * tilesOfPart, tilesOfPart, c, column, memory.Floats);
        });
    }

    void Group(FloatRows b, int group, int firstTile, int tileCount, FloatRows c, int column, float* scratch)
    {
        int first = group * WeightMatrix.GroupRows, count = Math.Min(WeightMatrix.GroupRows, b.Rows - first);
        byte** rows = stackalloc byte*[WeightMatrix.GroupRows];
        for (int r = 0; r < count; r++) rows[r] = (byte*)b.RowPointer(first + r);
        byte* following = rows[count - 1] + (long)b.Columns * sizeof(float);
        FloatGroup.Multiply<F32Weights>(rows, count, FloatGroup.ChunkColumns * sizeof(float), following, _batch, firstTile, Math.Min(tileCount, _batch.Tiles - firstTile), c.Pointer + column + first, c.Columns, scratch);
    }

    public void Dispose()
    {
        foreach (NativeBuffer? buffer in _scratch) buffer?.Dispose();
        _batch.Dispose();
    }
}
