using Poise.Benchmarks.Limits;
using Poise.Tensors;
using Poise.Tensors.Cache;
using Poise.Tensors.Threading;

namespace Poise.Benchmarks.Kernels;

/// <summary>Attention in the shape of gpt-oss-20b, full layers: 64 query heads on 8 KV heads of 64 elements, F16 cache, sinks.</summary>
sealed class AttentionKernel : IKernelBench
{
    const int QueryHeads = 64, Heads = 8, HeadSize = 64, Layers = 12, RowColumns = (QueryHeads + 2 * Heads) * HeadSize;

    readonly ComputePool _pool;
    readonly int _rows, _layers, _depth;
    readonly KeyValuePagePool _pages = new([new KeyValueLayout(Layers, Heads, HeadSize, half: true)], long.MaxValue);
    readonly KeyValueTable _cache;
    readonly ScratchPool _scratch;
    readonly FloatRows _x = new(RowColumns), _output = new(QueryHeads * HeadSize);
    readonly float[] _sinks = new float[QueryHeads];

    // rows: positions computed together, the last of them at `depth`.
    AttentionKernel(ComputePool pool, int depth, int rows, int layers)
    {
        (_pool, _rows, _layers, _depth) = (pool, rows, layers, depth);
        _cache = new KeyValueTable(_pages, 0);
        _scratch = new ScratchPool(pool.Threads);
        _cache.TryExtend(depth);
        Fill(Math.Max(rows, 64));
        for (int start = 0; start < depth; start += _x.Rows)
            for (int layer = 0; layer < layers; layer++) Attend(layer, start, Math.Min(_x.Rows, depth - start), window: 1);
        Fill(rows);
    }

    public static Kernel Decode { get; } = new("attention, decode", "keys", [4000], LimitKind.Float, FromMemory: true, pool => new AttentionKernel(pool, 4000, 1, Layers));

    public static Kernel Prompt { get; } = new("attention, prompt of 256", "keys", [4000], LimitKind.Float, FromMemory: true, pool => new AttentionKernel(pool, 4000, 256, 1));

    public KernelWork Work(int size)
    {
        // Row r sees depth - rows + r + 1 keys; a multiply-add an element for the score and one for the value.
        double visible = _rows * (_depth - (_rows - 1) / 2.0);
        return new KernelWork((double)size * Heads * HeadSize * 2 * sizeof(ushort) * _layers, visible * QueryHeads * HeadSize * 2 * _layers, () =>
        {
            for (int layer = 0; layer < _layers; layer++) Attend(layer, _depth - _rows, _rows, window: 0);
        });
    }

    void Fill(int rows)
    {
        _x.Resize(rows);
        _output.Resize(rows);
        var random = new Random(2);
        foreach (ref float value in _x.All) value = random.NextSingle() - 0.5f;
    }

    void Attend(int layer, int start, int count, int window) =>
        Operations.Attend(_pool, _scratch, _x, [new AttentionSpan(_cache, 0, count, start)], layer, QueryHeads, window, 0.125f, _sinks, _output);

    public void Dispose()
    {
        _cache.Dispose();
        _pages.Dispose();
        _scratch.Dispose();
        _x.Dispose();
        _output.Dispose();
    }
}
