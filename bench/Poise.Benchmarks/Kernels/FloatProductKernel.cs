using Poise.Benchmarks.Limits;
using Poise.Tensors;
using Poise.Tensors.Matrices;
using Poise.Tensors.Threading;

namespace Poise.Benchmarks.Kernels;

/// <summary>C = A B' of two square F32 arrays, the product of training.</summary>
sealed class FloatProductKernel(ComputePool pool) : IKernelBench
{
    readonly FloatProduct _product = new(pool);
    FloatRows? _a, _b, _c;

    public static Kernel Row { get; } = new("F32 cube", "rows", [512, 1024, 2048], LimitKind.Float, FromMemory: false, pool => new FloatProductKernel(pool));

    public KernelWork Work(int size)
    {
        Release();
        FloatRows a = _a = Rows(size), b = _b = Rows(size), c = _c = Rows(size);
        return new KernelWork(3.0 * sizeof(float) * size * size, (double)size * size * size, () => _product.Run(a, b, c));
    }

    static FloatRows Rows(int size)
    {
        FloatRows rows = new FloatRows(size).Resize(size);
        var random = new Random(size);
        foreach (ref float value in rows.All) value = random.NextSingle() - 0.5f;
        return rows;
    }

    void Release()
    {
        foreach (FloatRows? rows in (FloatRows?[])[_a, _b, _c]) rows?.Dispose();
    }

    public void Dispose()
    {
        Release();
        _product.Dispose();
    }
}
