using Poise.Tensors;
using Poise.Tensors.Threading;

namespace Poise.Benchmarks.Kernels;

/// <summary>RMS normalisation of rows of 2,880: read twice, written once.</summary>
sealed class RmsNormKernel(ComputePool pool) : IKernelBench
{
    const int Columns = 2880, Repeats = 64;

    readonly FloatRows _x = new(Columns), _y = new(Columns);
    readonly float[] _weight = new float[Columns];

    public static Kernel Row { get; } = new("RMS norm", "rows", [1, 256], null, FromMemory: false, pool => new RmsNormKernel(pool));

    public KernelWork Work(int rows)
    {
        _x.Resize(rows);
        _y.Resize(rows);
        _x.All.Fill(0.5f);
        Array.Fill(_weight, 1f);
        return new KernelWork(3.0 * sizeof(float) * Columns * rows * Repeats, 0, () =>
        {
            for (int i = 0; i < Repeats; i++) Operations.RmsNorm(pool, _x, _weight, 1e-5f, _y);
        });
    }

    public void Dispose()
    {
        _x.Dispose();
        _y.Dispose();
    }
}
