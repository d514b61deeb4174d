using System.Globalization;
using Poise.Benchmarks.Limits;

namespace Poise.Benchmarks.Kernels;

/// <summary>A result as a row of a table.</summary>
static class KernelColumns
{
    public static string[] Header { get; } = ["kernel", "size", "threads", "GB/s", "GMAC/s", "lowest to highest", "of its limit", "bound by"];

    public static int[] Numeric { get; } = [1, 2, 3, 4, 5, 6];

    public static string[] Of(KernelResult result, MachineLimits limits)
    {
        // The spread of what the kernel is about: products where there are any, else bytes.
        double amount = (result.MultiplyAdds > 0 ? result.MultiplyAdds : result.Bytes) / 1e9;
        return
        [
            result.Kernel,
            result.SizeText,
            result.Threads.ToString(CultureInfo.InvariantCulture),
            Figures.Show(result.GigabytesPerSecond),
            result.MultiplyAdds > 0 ? Figures.Show(result.ProductsPerSecond) : "-",
            Figures.Range(amount / result.Seconds.Maximum, amount / result.Seconds.Minimum),
            result.ShareOfLimit(limits) is { } share ? string.Create(CultureInfo.InvariantCulture, $"{100 * share:0} %") : "-",
            result.Bound(limits),
        ];
    }
}
