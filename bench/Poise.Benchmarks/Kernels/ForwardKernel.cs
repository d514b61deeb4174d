using Poise.Benchmarks.Limits;
using Poise.Tensors;
using Poise.Tensors.Matrices;
using Poise.Tensors.Threading;

namespace Poise.Benchmarks.Kernels;

/// <summary>y = x W' in F32 for a stored W, decoded as it is read: the forward pass through a frozen matrix in training, and the precise mode.</summary>
sealed class ForwardKernel(ComputePool pool, TensorType type) : IKernelBench
{
    const int Matrices = 8;

    readonly StoredMatrices _stored = new(type, Matrices);
    readonly MatrixProduct _product = new(pool);
    readonly ActivationBatch _batch = new();
    FloatRows? _x, _y;

    public static Kernel Row(TensorType type) => new($"{type} in F32", "rows", [64, 256], LimitKind.Float, FromMemory: false, pool => new ForwardKernel(pool, type));

    public KernelWork Work(int size)
    {
        Release();
        FloatRows x = _x = new FloatRows(StoredMatrices.Columns).Resize(size), y = _y = new FloatRows(StoredMatrices.Rows).Resize(size);
        var random = new Random(4);
        foreach (ref float value in x.All) value = random.NextSingle() - 0.5f;
        int number = 0;
        return new KernelWork(StoredMatrices.BytesOf(type), (double)size * StoredMatrices.Rows * StoredMatrices.Columns, Rounds.Warm(() =>
        {
            using var matrix = new FloatMatrix(_stored.Source(number++));
            _product.Run(_batch.Set(x), matrix, y);
        }));
    }

    void Release()
    {
        _x?.Dispose();
        _y?.Dispose();
    }

    public void Dispose()
    {
        Release();
        _product.Dispose();
        _batch.Dispose();
        _stored.Dispose();
    }
}
