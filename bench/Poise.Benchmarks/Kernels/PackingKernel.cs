using Poise.Tensors;
using Poise.Tensors.Threading;

namespace Poise.Benchmarks.Kernels;

/// <summary>Packing as loading does it: from the page cache into fresh memory, rows interleaved by 16. Bytes are read once and written once.</summary>
sealed class PackingKernel(ComputePool pool, TensorType type) : IKernelBench
{
    const int Matrices = 16;

    readonly StoredMatrices _stored = new(type, Matrices);

    public static Kernel Row(TensorType type) => new($"pack {type}", "matrices", [Matrices], null, FromMemory: false, pool => new PackingKernel(pool, type));

    public KernelWork Work(int size) => new(2.0 * StoredMatrices.BytesOf(type) * size, 0, () =>
    {
        for (int number = 0; number < size; number++) _stored.Load(pool, number).Dispose();
    });

    public void Dispose() => _stored.Dispose();
}
