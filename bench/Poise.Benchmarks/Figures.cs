using System.Globalization;

namespace Poise.Benchmarks;

/// <summary>Numbers as tables show them: three significant digits or so.</summary>
static class Figures
{
    public static string Show(double value) => value.ToString(Math.Abs(value) switch { >= 100 => "0", >= 10 => "0.0", _ => "0.00" }, CultureInfo.InvariantCulture);

    /// <summary>A time in the unit that suits it.</summary>
    public static string Time(double seconds) => seconds switch
    {
        >= 1 => Show(seconds) + " s",
        >= 1e-3 => Show(seconds * 1e3) + " ms",
        _ => Show(seconds * 1e6) + " us",
    };

    public static string Range(double low, double high) => $"{Show(low)} to {Show(high)}";
}
