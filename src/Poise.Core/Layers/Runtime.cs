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
    }

    public ComputePool Pool { get; }
    public MatrixProduct Product { get; }
    public ScratchPool Scratch { get; }
    public ActivationBatch Batch { get; } = new();

    /// <summary>Packs weights while the model already runs; empty where they were packed at once or stay in the file.</summary>
    public BackgroundPacking Packing { get; } = new();

    /// <summary>Keeps some of the experts in memory; null where all are, or none.</summary>
    public MatrixStreamer? Streamer { get; private set; }

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
    }
}
