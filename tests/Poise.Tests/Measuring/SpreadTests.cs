using Poise.Cli.Measuring;
using Poise.Tensors;

namespace Poise.Tests.Measuring;

public sealed class SpreadTests
{
    [Fact]
    public void ItAgreesWithTheDefinitionsOnAnyNumberOfValues()
    {
        for (int count = 1; count <= 40; count++)
        {
            double[] values = [.. Enumerable.Range(0, count).Select(i => Philox.Generate(7, (ulong)count, (ulong)i).X0 / 1e6)];
            Spread spread = Spread.Of(values);
            double median = NaiveMedian(values);
            Assert.Equal(median, spread.Median, 1e-9);
            Assert.Equal(NaiveMedian([.. values.Select(v => Math.Abs(v - median))]), spread.Deviation, 1e-9);
            Assert.Equal(values.Min(), spread.Minimum);
            Assert.Equal(values.Max(), spread.Maximum);
        }
    }

    [Theory]
    [InlineData(new double[] { 5 }, 5, 0)]
    [InlineData(new double[] { 3, 1 }, 2, 1)]
    [InlineData(new double[] { 10, 1, 2, 3, 100 }, 3, 2)]
    public void KnownValues(double[] values, double median, double deviation) =>
        Assert.Equal((median, deviation), (Spread.Of(values).Median, Spread.Of(values).Deviation));

    [Fact]
    public void NothingHasNoMedian() => Assert.Throws<ArgumentException>(() => Spread.Of([]));

    // The mean of the lowest value with at least half of all at or below it, and of the highest with at least half at or above.
    static double NaiveMedian(double[] values)
    {
        double low = values.Where(v => 2 * values.Count(w => w <= v) >= values.Length).Min();
        double high = values.Where(v => 2 * values.Count(w => w >= v) >= values.Length).Max();
        return (low + high) / 2;
    }
}
