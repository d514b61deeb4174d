using Poise.Tensors;
using Poise.Tensors.Matrices;
using Poise.Tensors.Threading;

namespace Poise.Benchmarks.Kernels;

/// <summary>Activations to 8 bits: floats read, codes in two forms, scales and sums written.</summary>
sealed class Quantize8Kernel(ComputePool pool) : IKernelBench
{
    const int Columns = 2880, Repeats = 64;

    // Per element: a float in; a code, its 16-bit copy, and per 32 elements a scale, two sums and a start out.
    const double BytesPerElement = sizeof(float) + 1 + 2 + 16.0 / 32;

    readonly FloatRows _x = new(Columns);
    readonly ActivationBatch _batch = new();

    public static Kernel Row { get; } = new("activations to 8 bits", "rows", [1, 256], null, FromMemory: false, pool => new Quantize8Kernel(pool));

    public KernelWork Work(int rows)
    {
        _x.Resize(rows);
        var random = new Random(3);
        foreach (ref float value in _x.All) value = random.NextSingle() - 0.5f;
        _batch.Set(_x);
        return new KernelWork(BytesPerElement * Columns * rows * Repeats, 0, () =>
        {
            for (int i = 0; i < Repeats; i++) _batch.Quantize(pool);
        });
    }

    public void Dispose()
    {
        _x.Dispose();
        _batch.Dispose();
    }
}
