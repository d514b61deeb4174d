namespace Poise.Cli.Measuring;

/// <summary>What several rounds of one measurement say together. The median stands for them: one disturbed round does not move it far.</summary>
/// <param name="Deviation">Median absolute deviation from the median.</param>
readonly record struct Spread(double Median, double Minimum, double Maximum, double Deviation)
{
    /// <param name="values">At least one.</param>
    public static Spread Of(IReadOnlyCollection<double> values)
    {
        if (values.Count == 0) throw new ArgumentException("There is no median of nothing.", nameof(values));
        double median = MedianOf(values);
        return new Spread(median, values.Min(), values.Max(), MedianOf([.. values.Select(value => Math.Abs(value - median))]));
    }

    // The mean of the two in the middle where their number is even.
    static double MedianOf(IReadOnlyCollection<double> values)
    {
        double[] sorted = [.. values.Order()];
        int middle = sorted.Length / 2;
        return sorted.Length % 2 == 1 ? sorted[middle] : sorted[middle - 1] + (sorted[middle] - sorted[middle - 1]) / 2;
    }
}
