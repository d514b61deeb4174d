using Poise.Benchmarks.Limits;
using Poise.Cli.Measuring;
using Poise.Tensors.Threading;

namespace Poise.Benchmarks.Kernels;

/// <summary>Measures kernels, each in turns with a plain read of memory where it is held against that.</summary>
static class KernelRun
{
    const long ReadBytes = 256 << 20;

    /// <param name="report">Told of each result as it is there.</param>
    public static List<KernelResult> Measure(IReadOnlyList<Kernel> kernels, IReadOnlyList<int> threads, int rounds, Action<KernelResult> report)
    {
        var results = new List<KernelResult>();
        using var memory = new MemoryRead(ReadBytes);
        foreach (Kernel kernel in kernels)
            foreach (int count in threads)
            {
                using var pool = new ComputePool(count);
                using IKernelBench bench = kernel.Prepare(pool);
                foreach (int size in kernel.Sizes)
                {
                    KernelResult result = Measure(kernel, size, bench, pool, memory, rounds);
                    results.Add(result);
                    report(result);
                }
            }
        return results;
    }

    static KernelResult Measure(Kernel kernel, int size, IKernelBench bench, ComputePool pool, MemoryRead memory, int rounds)
    {
        KernelWork work = bench.Work(size);
        List<double> seconds = [], reads = [];
        for (int round = 0; round <= rounds; round++)
        {
            double time = Rounds.Time(work.Run), read = kernel.FromMemory ? Rounds.Time(() => memory.Read(pool)) : 0;
            if (round == 0) continue;
            seconds.Add(time);
            if (kernel.FromMemory) reads.Add(memory.Bytes / 1e9 / read);
        }

        return new KernelResult(kernel.Name, size, kernel.Unit, pool.Threads, kernel.Compute, work.Bytes, work.MultiplyAdds, Spread.Of(seconds),
            reads.Count > 0 ? Spread.Of(reads) : null);
    }
}
