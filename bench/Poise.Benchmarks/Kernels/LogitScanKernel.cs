using Poise.Tensors.Kernels;

namespace Poise.Benchmarks.Kernels;

/// <summary>The largest of a vocabulary's logits. One thread, as in the engine.</summary>
sealed class LogitScanKernel : IKernelBench
{
    const int Repeats = 16;

    readonly float[] _logits = SoftmaxKernel.Logits();
    long _sink;

    public static Kernel Row { get; } = new("largest logit", "logits", [201_088], null, FromMemory: false, _ => new LogitScanKernel());

    public KernelWork Work(int size) => new(sizeof(float) * (double)size * Repeats, 0, () =>
    {
        for (int i = 0; i < Repeats; i++) _sink += LogitScan.Largest(_logits).Id;
    });

    public void Dispose()
    {
    }
}
