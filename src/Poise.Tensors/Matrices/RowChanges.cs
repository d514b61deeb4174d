using Poise.Tensors.Kernels;
using Poise.Tensors.Threading;

namespace Poise.Tensors.Matrices;

/// <summary>
/// Applies <see cref="RowChange"/>s to rows of results, each row for itself: no other row changes a bit of it, nor does the
/// number of threads. Sums are in the order of the contract (see <see cref="FloatDot"/>).
/// </summary>
public sealed unsafe class RowChanges(ComputePool pool) : IDisposable
{
    // Outputs of one piece of work: some 100 kB of a second factor of rank 32.
    const int Piece = 512;

    readonly List<Job> _jobs = [];
    NativeBuffer _inner = new(0);

    readonly record struct Job(RowChange Change, nint X, nint Y, int Columns, int FirstPiece, long Inner);

    /// <summary>Row <paramref name="row"/> of <paramref name="x"/> gave row <paramref name="row"/> of <paramref name="y"/>, from <paramref name="column"/> on.</summary>
    public void Add(RowChange change, ActivationBatch x, int row, FloatRows y, int column)
    {
        if (row >= x.Rows || row >= y.Rows || column + change.Outputs > y.Columns
            || (change.Weight is { } weight && weight.Columns != x.Columns) || change.Pairs.Exists(pair => pair.A.Columns != x.Columns))
            throw new ArgumentException("The change does not fit the rows.", nameof(change));
        Job last = _jobs.Count > 0 ? _jobs[^1] : default;
        int first = last.Change is null ? 0 : last.FirstPiece + Pieces(last.Change);
        long inner = last.Change is null ? 0 : last.Inner + last.Change.Pairs.Sum(pair => (long)pair.B.Columns);
        _jobs.Add(new Job(change, (nint)x.Row(row), (nint)(y.RowPointer(row) + column), x.Columns, first, inner));
    }

    static int Pieces(RowChange change) => Math.Max(1, (change.Outputs + Piece - 1) / Piece);

    public void Run()
    {
        if (_jobs.Count == 0) return;
        Job last = _jobs[^1];
        long floats = last.Inner + last.Change.Pairs.Sum(pair => (long)pair.B.Columns);
        if (_inner.Length < floats * sizeof(float))
        {
            _inner.Dispose();
            _inner = new NativeBuffer(floats * sizeof(float));
        }

        pool.For(_jobs.Count, 1, (start, end, _) =>
        {
            for (int i = start; i < end; i++) Inner(_jobs[i]);
        });
        pool.For(last.FirstPiece + Pieces(last.Change), 2, (start, end, _) =>
        {
            int job = 0;
            for (int low = 0, high = _jobs.Count - 1; low <= high;)
            {
                int middle = (low + high) / 2;
                if (_jobs[middle].FirstPiece <= start) (job, low) = (middle, middle + 1);
                else high = middle - 1;
            }

            for (int i = start; i < end; i++)
            {
                while (job + 1 < _jobs.Count && i >= _jobs[job + 1].FirstPiece) job++;
                Outputs(_jobs[job], (i - _jobs[job].FirstPiece) * Piece);
            }
        });
        foreach (Job job in _jobs) Single(job);
        _jobs.Clear();
    }

    // A x of every pair.
    void Inner(Job job)
    {
        float* target = _inner.Floats + job.Inner;
        foreach (LowRankFactors pair in job.Change.Pairs)
        {
            Multiply(pair.A, 0, pair.A.Rows, (float*)job.X, target);
            new Span<float>(target + pair.A.Rows, pair.B.Columns - pair.A.Rows).Clear();
            target += pair.B.Columns;
        }
    }

    void Outputs(Job job, int first)
    {
        RowChange change = job.Change;
        int count = Math.Min(Piece, change.Outputs - first);
        if (count <= 0) return;
        float* y = (float*)job.Y + first, inner = _inner.Floats + job.Inner;
        if (change.Weight is { } weight) Multiply(weight, first, count, (float*)job.X, y);
        float* delta = stackalloc float[Piece];
        foreach (LowRankFactors pair in change.Pairs)
        {
            Multiply(pair.B, first, count, inner, delta);
            ElementWise.Run<ElementWise.AddScaled>(y, delta, y, count, pair.Scale);
            inner += pair.B.Columns;
        }

        if (change.Factors is { } factors)
            for (int o = 0; o < count; o++) y[o] *= factors[first + o];
        if (change.Addend is { } addend)
            for (int o = 0; o < count; o++) y[o] += addend[first + o];
    }

    static void Single(Job job)
    {
        if (job.Change.Single is not { } single) return;
        float* value = stackalloc float[4];
        for (int n = 0; n < single.Indices.Length; n++)
        {
            Multiply(single.Rows, n, 1, (float*)job.X, value);
            ((float*)job.Y)[single.Indices[n]] = *value;
        }
    }

    // y[r] = rows[first + r] . x
    static void Multiply(FloatRows rows, int first, int count, float* x, float* y)
    {
        if (Lanes512.IsSupported) Multiply<Lanes512>(rows, first, count, x, y);
        else if (Lanes256.IsSupported) Multiply<Lanes256>(rows, first, count, x, y);
        else Multiply<Lanes128>(rows, first, count, x, y);
    }

    static void Multiply<TLanes>(FloatRows rows, int first, int count, float* x, float* y) where TLanes : struct, ILanes<TLanes>
    {
        float* sums = stackalloc float[FloatTile.StepFloats];
        for (int r = 0; r < count; r += 4)
        {
            int most = Math.Min(4, count - r);
            byte* a = (byte*)rows.RowPointer(first + r), next = (byte*)rows.RowPointer(first + Math.Min(r + 4, count - 1));
            FloatDot.Four<TLanes, F32Weights>(a, Row(1), Row(2), Row(3), x, rows.Columns, FloatGroup.ChunkColumns * sizeof(float), next, sums);
            FloatTile.Store(sums, most, 1, y + r, 0);

            byte* Row(int n) => (byte*)rows.RowPointer(first + r + Math.Min(n, most - 1));
        }
    }

    public void Dispose() => _inner.Dispose();
}
