namespace Poise.Benchmarks.Roofline;

/// <summary>Powers of two at equal distances.</summary>
/// <param name="Low">The value at <paramref name="From"/>, a power of two.</param>
/// <param name="High">The value at <paramref name="To"/>, a power of two.</param>
sealed record LogAxis(double Low, double High, double From, double To)
{
    public double At(double value) => From + (To - From) * Math.Log2(value / Low) / Math.Log2(High / Low);

    public IEnumerable<double> Ticks
    {
        get
        {
            for (double value = Low; value <= High; value *= 2) yield return value;
        }
    }

    public static LogAxis Covering(IReadOnlyCollection<double> values, double from, double to) =>
        new(Math.Pow(2, Math.Floor(Math.Log2(values.Min()))), Math.Pow(2, Math.Ceiling(Math.Log2(values.Max() * 1.05))), from, to);
}
