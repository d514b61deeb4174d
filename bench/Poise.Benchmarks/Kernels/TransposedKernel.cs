using Poise.Benchmarks.Limits;
using Poise.Tensors;
using Poise.Tensors.Matrices;
using Poise.Tensors.Threading;

namespace Poise.Benchmarks.Kernels;

/// <summary>dx = dy W for a stored W, decoded as it is read: the way back through a frozen matrix in training.</summary>
sealed class TransposedKernel(ComputePool pool, TensorType type) : IKernelBench
{
    const int Matrices = 8;

    readonly StoredMatrices _stored = new(type, Matrices);
    readonly TransposedProduct _product = new(pool);
    FloatRows? _dy, _dx;

    public static Kernel Row(TensorType type) => new($"{type} back", "rows", [64, 256], LimitKind.Float, FromMemory: false, pool => new TransposedKernel(pool, type));

    public KernelWork Work(int size)
    {
        Release();
        FloatRows dy = _dy = new FloatRows(StoredMatrices.Rows).Resize(size), dx = _dx = new FloatRows(StoredMatrices.Columns).Resize(size);
        var random = new Random(3);
        foreach (ref float value in dy.All) value = random.NextSingle() - 0.5f;
        int number = 0;
        return new KernelWork(StoredMatrices.BytesOf(type), (double)size * StoredMatrices.Rows * StoredMatrices.Columns, Rounds.Warm(() => _product.Run(dy, _stored.Source(number++), dx)));
    }

    void Release()
    {
        _dy?.Dispose();
        _dx?.Dispose();
    }

    public void Dispose()
    {
        Release();
        _product.Dispose();
        _stored.Dispose();
    }
}
