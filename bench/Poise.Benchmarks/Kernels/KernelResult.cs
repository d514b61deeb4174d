using System.Globalization;
using Poise.Benchmarks.Limits;
using Poise.Cli.Measuring;

namespace Poise.Benchmarks.Kernels;

/// <summary>One measurement.</summary>
/// <param name="Seconds">Of one run.</param>
/// <param name="ReadBeside">GB/s of plain reads in turns with the kernel, since a machine's bandwidth changes with its neighbours; null for kernels in the caches.</param>
sealed record KernelResult(string Kernel, int Size, string Unit, int Threads, LimitKind? Compute, double Bytes, double MultiplyAdds, Spread Seconds, Spread? ReadBeside)
{
    public string SizeText => string.Create(CultureInfo.InvariantCulture, $"{Size:N0} {(Size == 1 ? Unit.TrimEnd('s') : Unit)}");

    public double GigabytesPerSecond => Bytes / Seconds.Median / 1e9;

    public double ProductsPerSecond => MultiplyAdds / Seconds.Median / 1e9;

    /// <summary>The roof above this kernel: min(arithmetic peak, bandwidth * intensity) as a share reached, or null where neither is known.</summary>
    public double? ShareOfLimit(MachineLimits limits)
    {
        double slowest = Math.Max(MemorySeconds, ComputeSeconds(limits));
        return slowest > 0 ? slowest / Seconds.Median : null;
    }

    /// <summary>What binds: memory or arithmetic.</summary>
    public string Bound(MachineLimits limits)
    {
        double compute = ComputeSeconds(limits);
        return (MemorySeconds, compute) switch { (0, 0) => "-", var (m, c) when m >= c => "memory", _ => "compute" };
    }

    double MemorySeconds => ReadBeside is { } read ? Bytes / 1e9 / read.Median : 0;

    double ComputeSeconds(MachineLimits limits) => Compute is { } kind && limits.Find(kind, Threads) is { } peak ? MultiplyAdds / 1e9 / peak : 0;
}
