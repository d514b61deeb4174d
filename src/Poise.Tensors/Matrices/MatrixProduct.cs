using Poise.Tensors.Threading;

namespace Poise.Tensors.Matrices;

/// <summary>One matrix applied to some tiles of a batch: row t of <c>y</c> is the result of batch row t.</summary>
/// <param name="column">Where the matrix's first output lies in a row of <paramref name="y"/>.</param>
public readonly unsafe struct MatrixJob(WeightMatrix matrix, int firstTile, int tileCount, FloatRows y, int column = 0)
{
    internal readonly WeightMatrix Matrix = matrix;
    internal readonly int FirstTile = firstTile, TileCount = tileCount, Column = column;
    internal readonly FloatRows Y = y;
    internal float* Output => Y.Pointer + Column;
}

/// <summary>Several matrix products that share their activations, in one fork: the projections of a layer, or all experts in use.</summary>
public sealed unsafe class MatrixProduct(ComputePool pool) : IDisposable
{
    readonly NativeBuffer?[] _scratch = new NativeBuffer?[pool.Threads];
    int[] _starts = new int[64];

    /// <summary>y = W x for all rows of the batch.</summary>
    public void Run(ActivationBatch x, WeightMatrix matrix, FloatRows y) => Run(x, [new MatrixJob(matrix, 0, x.Tiles, y)]);

    public void Run(ActivationBatch x, ReadOnlySpan<MatrixJob> jobs)
    {
        if (x.Rows == 0 || jobs.Length == 0) return;
        if (_starts.Length <= jobs.Length) _starts = new int[jobs.Length * 2 + 1];
        long scratch = 0;
        bool int8 = false, floats = false;
        int total = 0;
        for (int j = 0; j < jobs.Length; j++)
        {
            WeightMatrix matrix = jobs[j].Matrix;
            if (matrix.Columns != x.Columns) throw new InvalidOperationException($"{matrix.Source.Name}: {matrix.Columns} columns meet rows of {x.Columns}.");
            if (jobs[j].Y.Rows < x.Rows || jobs[j].Column + matrix.Rows > jobs[j].Y.Columns) throw new InvalidOperationException($"{matrix.Source.Name}: the result does not fit.");
            _starts[j] = total;
            total += matrix.Groups;
            int8 |= matrix.ReadsInt8;
            floats |= !matrix.ReadsInt8;
            scratch = Math.Max(scratch, matrix.ScratchBytes);
        }

        _starts[jobs.Length] = total;
        if (int8) x.Quantize(pool);
        if (floats) x.PackPanels(pool);
        for (int i = 0; i < _scratch.Length; i++)
        {
            if (_scratch[i] is { } have && have.Length >= scratch) continue;
            _scratch[i]?.Dispose();
            _scratch[i] = new NativeBuffer(scratch + 16384); // room for the prefetch that looks past a group's end
        }

        MatrixJob[] list = jobs.ToArray();
        int[] starts = _starts;
        // The last pieces have 4 groups: some 100 kB of weights, 3 microseconds, so that no thread waits long at the end.
        pool.For(total, Math.Clamp(total / (pool.Threads * 8), 1, 4), (start, end, worker) =>
        {
            int job = Array.BinarySearch(starts, 0, list.Length, start);
            if (job < 0) job = ~job - 1;
            byte* memory = _scratch[worker]!.Pointer;
            for (int g = start; g < end; g++)
            {
                while (g >= starts[job + 1]) job++;
                ref readonly MatrixJob item = ref list[job];
                item.Matrix.Compute(g - starts[job], x, item.FirstTile, item.TileCount, item.Output, item.Y.Columns, memory);
            }
        });
    }

    public void Dispose()
    {
        foreach (NativeBuffer? buffer in _scratch) buffer?.Dispose();
    }
}
