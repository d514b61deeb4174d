using Poise.Benchmarks.Limits;
using Poise.Tensors;
using Poise.Tensors.Threading;

namespace Poise.Benchmarks.Kernels;

/// <summary>The gradients of attention over one document, in the shape of gpt-oss-20b, full layers: 64 query heads on 8 of 64 elements, sinks.</summary>
sealed class AttentionBackwardKernel(ComputePool pool) : IKernelBench
{
    const int QueryHeads = 64, Heads = 8, HeadSize = 64;

    // Multiply-adds an element of a pair of query and key: score and gradient of the probability in both passes, then q, k and v.
    const int Products = 7;

    readonly DocumentAttention _attention = new(pool);
    readonly List<FloatRows> _rows = [];

    public static Kernel Row { get; } = new("attention, backward", "tokens", [512, 2048], LimitKind.Float, FromMemory: false, pool => new AttentionBackwardKernel(pool));

    public KernelWork Work(int size)
    {
        Release();
        var shape = new AttentionShape(QueryHeads, Heads, HeadSize, HeadSize, 0.125f);
        FloatRows q = New(size, QueryHeads), k = New(size, Heads), v = New(size, Heads), output = New(size, QueryHeads), dy = New(size, QueryHeads);
        FloatRows dq = New(size, QueryHeads), dk = New(size, Heads), dv = New(size, Heads), sinks = Rows(1, QueryHeads), statistics = Rows(2, size * QueryHeads + 16);
        _attention.Forward(shape, q, k, v, [0], sinks, output, statistics);
        double pairs = QueryHeads * (size * (size + 1.0) / 2);
        double bytes = sizeof(float) * (double)size * HeadSize * (4 * QueryHeads + 4 * Heads);
        return new KernelWork(bytes, Products * pairs * HeadSize, () => _attention.Backward(shape, q, k, v, [0], sinks, output, statistics, dy, dq, dk, dv, null));
    }

    FloatRows New(int size, int heads) => Rows(size, heads * HeadSize);

    FloatRows Rows(int count, int columns)
    {
        FloatRows rows = new FloatRows(columns).Resize(count);
        var random = new Random(_rows.Count);
        foreach (ref float value in rows.All) value = random.NextSingle() - 0.5f;
        _rows.Add(rows);
        return rows;
    }

    void Release()
    {
        foreach (FloatRows rows in _rows) rows.Dispose();
        _rows.Clear();
    }

    public void Dispose()
    {
        Release();
        _attention.Dispose();
    }
}
