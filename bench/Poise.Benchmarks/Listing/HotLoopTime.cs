using Poise.Benchmarks.Kernels;
using Poise.Cli.Measuring;
using Poise.Tensors;
using Poise.Tensors.Matrices;
using Poise.Tensors.Threading;

namespace Poise.Benchmarks.Listing;

/// <summary>The time of a loop with its weights in the cache of one core: a few groups of one matrix, again and again.</summary>
static unsafe class HotLoopTime
{
    const int Groups = 12, Repeats = 200;

    /// <summary>Seconds for one block of weights and one row of activations.</summary>
    public static Spread Measure(HotLoop loop, int rounds)
    {
        using var pool = new ComputePool(1);
        using var stored = new StoredMatrices(loop.Type, 1);
        using WeightMatrix matrix = stored.Load(pool, 0);
        using FloatRows x = new FloatRows(StoredMatrices.Columns).Resize(loop.Rows), y = new FloatRows(StoredMatrices.Rows).Resize(loop.Rows);
        using var batch = new ActivationBatch();
        using var scratch = new NativeBuffer(matrix.ScratchBytes + 16384);
        var random = new Random(1);
        foreach (ref float value in x.All) value = random.NextSingle() - 0.5f;
        batch.Set(x);
        batch.Quantize(pool);
        int repeats = Math.Max(1, Repeats / loop.Rows);
        double blocks = (double)repeats * Groups * (StoredMatrices.Columns / 32) * loop.Rows;
        void Work()
        {
            for (int repeat = 0; repeat < repeats; repeat++)
                for (int group = 0; group < Groups; group++) matrix.Compute(group, batch, 0, batch.Tiles, y.Pointer, y.Columns, scratch.Pointer);
        }

        Spread seconds = Rounds.Seconds(rounds, Work);
        return new Spread(seconds.Median / blocks, seconds.Minimum / blocks, seconds.Maximum / blocks, seconds.Deviation / blocks);
    }
}
