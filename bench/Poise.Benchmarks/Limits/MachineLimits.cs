using Poise.Cli.Measuring;
using Poise.Tensors.Threading;

namespace Poise.Benchmarks.Limits;

/// <summary>What this machine can do at most, measured in managed code: the roofs that kernels are held against.</summary>
sealed class MachineLimits(IReadOnlyList<Limit> all)
{
    public IReadOnlyList<Limit> All => all;

    /// <summary>The most threads that were measured.</summary>
    public int Threads => all.Max(limit => limit.Threads);

    /// <summary>The median, or null where this machine has no such instruction or it was not measured with so many threads.</summary>
    public double? Find(LimitKind kind, int threads) => all.FirstOrDefault(limit => limit.Kind == kind && limit.Threads == threads)?.Value.Median;

    /// <summary>1, 2, 4 ... and all threads for reading; 1 and all for arithmetic, which scales with the cores.</summary>
    public static MachineLimits Measure(int rounds)
    {
        int most = Environment.ProcessorCount;
        var limits = new List<Limit> { new(LimitKind.Clock, 1, ClockEstimate.Measure(rounds)) };
        using var memory = new MemoryRead(MemoryRead.UsualBytes);
        for (int threads = 1; ; threads = Math.Min(2 * threads, most))
        {
            using var pool = new ComputePool(threads);
            limits.Add(new(LimitKind.Read, threads, memory.Measure(pool, rounds)));
            if (threads == 1 || threads == most)
            {
                limits.Add(new(LimitKind.Float, threads, Peak(FloatPeak.Run, pool, rounds)));
                if (IntegerPeak.IsSupported)
                {
                    limits.Add(new(LimitKind.Int8, threads, Peak(IntegerPeak.Int8, pool, rounds)));
                    limits.Add(new(LimitKind.Int16, threads, Peak(IntegerPeak.Int16, pool, rounds)));
                }
                if (VnniPeak.IsSupported) limits.Add(new(LimitKind.Vnni, threads, Peak(VnniPeak.Run, pool, rounds)));
            }

            if (threads == most) return new MachineLimits(limits);
        }
    }

    // GMAC/s of a loop that every thread runs alike. `loop` takes a number of turns and returns its multiply-adds.
    static Spread Peak(Func<int, long> loop, ComputePool pool, int rounds)
    {
        const int Turns = 4_000_000;
        long products = loop(Turns);
        return Rounds.Rates(rounds, products * pool.Threads / 1e9, () => pool.For(pool.Threads, 1, (start, end, _) =>
        {
            for (int i = start; i < end; i++) loop(Turns);
        }));
    }
}
