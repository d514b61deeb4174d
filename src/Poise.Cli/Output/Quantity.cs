using System.Globalization;

namespace Poise.Cli.Output;

/// <summary>Sizes and counts as people read them; JSON output carries the exact figures.</summary>
static class Quantity
{
    static readonly string[] s_units = ["B", "KiB", "MiB", "GiB", "TiB", "PiB"];

    public static string Bytes(long bytes)
    {
        double value = bytes;
        int unit = 0;
        for (; value >= 1024 && unit < s_units.Length - 1; unit++) value /= 1024;
        return unit == 0 ? Count(bytes) + " B" : string.Create(CultureInfo.InvariantCulture, $"{value:0.00} {s_units[unit]}");
    }

    public static string Count(long count) => count.ToString("N0", CultureInfo.InvariantCulture);

    /// <summary>20,914,757,184 as <c>20.9 B (20,914,757,184)</c>.</summary>
    public static string Parameters(long count)
    {
        string exact = Count(count);
        return count switch
        {
            >= 1_000_000_000 => string.Create(CultureInfo.InvariantCulture, $"{count / 1e9:0.0} B ({exact})"),
            >= 1_000_000 => string.Create(CultureInfo.InvariantCulture, $"{count / 1e6:0.0} M ({exact})"),
            _ => exact,
        };
    }
}
