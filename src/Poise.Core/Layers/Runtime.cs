using Poise.Tensors;
using Poise.Tensors.Matrices;
using Poise.Tensors.Threading;

namespace Poise.Core.Layers;

/// <summary>What the layers of one loaded model share while they run: threads, scratch memory, the 8-bit form of activations.</summary>
public sealed class Runtime : IDisposable
{
    public Runtime(int threads)
    {
        Pool = new ComputePool(threads);
        Product = new MatrixProduct(Pool);
        Scratch = new ScratchPool(Pool.Threads);
        Adapted = new AdaptedRows(this);
    }

    public ComputePool Pool { get; }
    public MatrixProduct Product { get; }
    public ScratchPool Scratch { get; }
    public ActivationBatch Batch { get; } = new();

    /// <summary>What adapters change in the running pass.</summary>
    public AdaptedRows Adapted { get; }

    /// <summary>Packs weights while the model already runs; empty where they were packed at once or stay in the file.</summary>
    public BackgroundPacking Packing { get; } = new();

    /// <summary>Keeps some of the experts in memory; null where all are, or none.</summary>
    public MatrixStreamer? Streamer { get; private set; }

    /// <summary>y = x / sqrt(mean(x^2) + eps) * weight, row by row, with the weights of the row's adapter where it has its own.</summary>
    public void RmsNorm(FloatRows x, float[] weight, float epsilon, FloatRows y)
    {
        Operations.RmsNorm(Pool, x, weight, epsilon, y);
        Adapted.Norm(x, weight, null, y, (one, w, _, result) => Operations.RmsNorm(Pool, one, w, epsilon, result));
    }

    /// <summary>Heads that lie side by side from a column on, each h / sqrt(mean(h^2) + eps) * weight, in place; likewise.</summary>
    public void HeadNorm(FloatRows x, int column, int heads, float[] weight, float epsilon) =>
        HeadOperations.RmsNorm(Pool, x, column, heads, Adapted.VectorOf(weight), epsilon);

    /// <summary>y = (x - mean) / sqrt(variance + eps) * weight + bias, likewise.</summary>
    public void LayerNorm(FloatRows x, float[] weight, float[] bias, float epsilon, FloatRows y)
    {
        Operations.LayerNorm(Pool, x, weight, bias, epsilon, y);
        Adapted.Norm(x, weight, bias, y, (one, w, b, result) => Operations.LayerNorm(Pool, one, w, b!, epsilon, result));
    }

    /// <param name="bytes">For experts.</param>
    public void Stream(long bytes) => Streamer = new MatrixStreamer(Pool, bytes);

    public void Dispose()
    {
        Streamer?.Dispose();
        Packing.Dispose();
        Pool.Dispose();
        Product.Dispose();
        Scratch.Dispose();
        Batch.Dispose();
        Adapted.Dispose();
    }
}
