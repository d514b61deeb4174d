using Poise.Tensors;
using Poise.Tensors.Threading;

namespace Poise.Benchmarks.Kernels;

/// <summary>The softmax of logits over the vocabulary of gpt-oss, block by block, and its gradient in place. Read twice and written once.</summary>
sealed class CrossEntropyKernel(ComputePool pool) : IKernelBench
{
    const int Vocabulary = 201_088, Block = 4096;

    FloatRows? _logits;

    public static Kernel Row { get; } = new("cross entropy", "rows", [64, 512], null, FromMemory: false, pool => new CrossEntropyKernel(pool));

    public KernelWork Work(int size)
    {
        _logits?.Dispose();
        FloatRows logits = _logits = new FloatRows(Block).Resize(size);
        float[] weights = new float[size], largest = new float[size];
        double[] sums = new double[size];
        int[] targets = new int[size];
        var random = new Random(5);
        return new KernelWork(3.0 * sizeof(float) * size * Vocabulary, 0, () =>
        {
            Array.Fill(largest, float.NegativeInfinity);
            Array.Clear(sums);
            Array.Fill(weights, 1f / size);
            for (int first = 0; first < Vocabulary; first += Block)
            {
                // Gradients would soon all be 0: what the products give comes from the cache too.
                logits.All.Fill(random.NextSingle());
                GradientOperations.AddLogits(pool, logits, 0, largest, sums);
                GradientOperations.LogitGradient(pool, logits, 0, largest, sums, weights, targets);
            }
        });
    }

    public void Dispose() => _logits?.Dispose();
}
