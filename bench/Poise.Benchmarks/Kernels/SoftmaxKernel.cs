using Poise.Tensors.Kernels;

namespace Poise.Benchmarks.Kernels;

/// <summary>The sum of exponentials over a vocabulary, in double precision: the sampler's softmax. One thread, as in the engine.</summary>
sealed class SoftmaxKernel : IKernelBench
{
    readonly float[] _logits = Logits();
    double _sink;

    public static Kernel Row { get; } = new("softmax of logits", "logits", [201_088], null, FromMemory: false, _ => new SoftmaxKernel());

    public static float[] Logits()
    {
        var random = new Random(4);
        return [.. Enumerable.Range(0, 201_088).Select(_ => 20 * random.NextSingle() - 20)];
    }

    public KernelWork Work(int size) => new(sizeof(float) * (double)size, 0, () => _sink += ExponentialWeights.Sum(_logits, 0));

    public void Dispose()
    {
    }
}
