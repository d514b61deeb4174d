using System.Text.Json;
using Poise.Core.Training.Optimizers;
using Poise.Tensors;
using Poise.Tests.Support;

namespace Poise.Tests.Training;

/// <summary>Multipliers and rates against the golden files.</summary>
public sealed class ScheduleTests
{
    [Fact]
    public void MultipliersAreTheGoldenOnes()
    {
        using JsonDocument golden = JsonDocument.Parse(File.ReadAllBytes(Shared.Golden("training", "optim", "schedules.json")));
        double tolerance = golden.RootElement.GetProperty("tolerance").GetDouble();
        int values = 0;
        foreach (JsonElement row in golden.RootElement.GetProperty("rows").EnumerateArray())
        {
            (ScheduleSettings settings, long total) = OptimizerTrajectory.ReadSchedule(row.GetProperty("schedule"));
            long step = 0;
            foreach (JsonElement expected in row.GetProperty("multipliers").EnumerateArray())
            {
                Assert.Equal(expected.GetDouble(), Schedules.Multiplier(settings, step++, total), tolerance);
                values++;
            }
        }
        Assert.True(values > 100);
    }

    [Fact]
    public void RatiosOfWarmupAreRoundedUp()
    {
        using JsonDocument golden = JsonDocument.Parse(File.ReadAllBytes(Shared.Golden("training", "optim", "schedules.json")));
        foreach (JsonElement row in golden.RootElement.GetProperty("warmup_from_ratio").EnumerateArray())
        {
            var settings = new ScheduleSettings("linear", WarmupRatio: row.GetProperty("ratio").GetDouble());
            Assert.Equal(row.GetProperty("warmup_steps").GetInt64(), settings.WarmupOf(row.GetProperty("total_steps").GetInt64()));
        }
    }

    [Theory]
    [MemberData(nameof(OptimizerTrajectory.Cases), MemberType = typeof(OptimizerTrajectory))]
    public void RatesOfTheTrajectoriesAreTheGoldenOnes(string name)
    {
        using JsonDocument golden = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(OptimizerTrajectory.Folder(name), "golden.json")));
        (ScheduleSettings settings, long total) = OptimizerTrajectory.ReadSchedule(golden.RootElement.GetProperty("schedule"));
        double rate = golden.RootElement.GetProperty("optimizer").GetProperty("lr").GetDouble();
        double[] expected = [.. golden.RootElement.GetProperty("learning_rates").EnumerateArray().Select(r => r.GetDouble())];
        Assert.Equal(golden.RootElement.GetProperty("steps").GetInt32(), expected.Length);
        for (int k = 0; k < expected.Length; k++) Assert.Equal(expected[k], rate * Schedules.Multiplier(settings, k, total), 1e-15);
    }

    // 1 / sqrt((step + timescale - warmup) / timescale), as Hugging Face's get_inverse_sqrt_schedule has it.
    [Theory]
    [InlineData(4, 0, 2, 0.5)]
    [InlineData(4, 0, 4, 1)]
    [InlineData(4, 0, 16, 0.5)]
    [InlineData(4, 12, 16, 0.70710678118654752)]
    [InlineData(4, 12, 40, 0.5)]
    [InlineData(0, 0, 30_000, 0.5)]
    public void TheInverseRootFallsByItsTimescale(int warmup, int timescale, long step, double expected) =>
        Assert.Equal(expected, Schedules.Multiplier(new ScheduleSettings("inverse_sqrt", warmup, Timescale: timescale), step, 100_000), 1e-12);

    [Fact]
    public void AnUnknownKindIsAnErrorThatNamesTheKnown() =>
        Assert.Contains("cosine_with_min_lr", Assert.Throws<PoiseException>(() => Schedules.Multiplier(new ScheduleSettings("cosin"), 0, 1)).Message);
}
