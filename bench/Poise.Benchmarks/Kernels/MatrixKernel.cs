using Poise.Benchmarks.Limits;
using Poise.Tensors;
using Poise.Tensors.Matrices;
using Poise.Tensors.Threading;

namespace Poise.Benchmarks.Kernels;

/// <summary>
/// Matrix products as the engine runs them: matrix after matrix, activations made 8-bit where the format wants that, one fork each.
/// All matrices together exceed the caches several times.
/// </summary>
sealed class MatrixKernel : IKernelBench
{
    // With few rows a pass is short and must not find its weights in a cache; with many it is long enough anyway.
    const long BytesForFewRows = 256 << 20, BytesForManyRows = 64 << 20;

    readonly StoredMatrices _stored;
    readonly WeightMatrix[] _matrices;
    readonly MatrixProduct _product;
    readonly long _bytesEach;
    readonly FloatRows _x = new(StoredMatrices.Columns), _y = new(StoredMatrices.Rows);
    readonly ActivationBatch _batch = new();

    MatrixKernel(ComputePool pool, TensorType type)
    {
        long bytes = StoredMatrices.BytesOf(type);
        int count = (int)(BytesForFewRows / bytes);
        // Packed matrices are copies; those read from the file must be different ones.
        _stored = new StoredMatrices(type, type is TensorType.F32 or TensorType.F16 or TensorType.BF16 ? count : 1);
        _matrices = [.. Enumerable.Range(0, count).Select(number => _stored.Load(pool, number))];
        _bytesEach = _matrices[0].PackedBytes > 0 ? _matrices[0].PackedBytes : bytes;
        _product = new MatrixProduct(pool);
    }

    public static Kernel Row(TensorType type, LimitKind compute) =>
        new(type.ToString(), "rows", [1, 2, 4, 8, 16, 32, 256], compute != LimitKind.Float && VnniPeak.IsSupported ? LimitKind.Vnni : compute, FromMemory: true, pool => new MatrixKernel(pool, type));

    public KernelWork Work(int rows)
    {
        _x.Resize(rows);
        _y.Resize(rows);
        var random = new Random(1);
        foreach (ref float value in _x.All) value = random.NextSingle() - 0.5f;
        int count = Math.Min(_matrices.Length, (int)((rows < 8 ? BytesForFewRows : BytesForManyRows) / _bytesEach));
        return new KernelWork((double)_bytesEach * count, (double)StoredMatrices.Rows * StoredMatrices.Columns * rows * count, () =>
        {
            _batch.Set(_x);
            for (int m = 0; m < count; m++) _product.Run(_batch, _matrices[m], _y);
        });
    }

    public void Dispose()
    {
        foreach (WeightMatrix matrix in _matrices) matrix.Dispose();
        _product.Dispose();
        _batch.Dispose();
        _x.Dispose();
        _y.Dispose();
        _stored.Dispose();
    }
}
