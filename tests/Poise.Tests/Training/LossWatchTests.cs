using Poise.Core.Training.Watching;
using Poise.Tensors;

namespace Poise.Tests.Training;

/// <summary>When a run has gone wrong, and when it has not.</summary>
public sealed class LossWatchTests
{
    [Theory]
    [InlineData(double.NaN, 1)]
    [InlineData(double.PositiveInfinity, 1)]
    [InlineData(2, double.NaN)]
    [InlineData(2, double.PositiveInfinity)]
    public void WhatIsNotANumberStopsAtOnce(double loss, double norm)
    {
        LossVerdict verdict = new LossWatch().Observe(1, loss, norm);
        Assert.Equal((LossTrouble.NotANumber, true), (verdict.Trouble, verdict.MustStop));
        Assert.Contains("step 1", verdict.Message, StringComparison.Ordinal);
        Assert.Contains("learning rate", verdict.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void AnExplosionStopsAtItsFifthHighStep()
    {
        var watch = new LossWatch();
        Assert.Equal(0, FirstStop(watch, Descent(60)));
        Assert.Equal(5, FirstStop(watch, [20, 30, 40, 50, 60, 70]));
    }

    [Fact]
    public void AnExplosionThatEndsOnAPlateauStopsToo() => Assert.Equal(65, FirstStop(new LossWatch(), [.. Descent(60), 20, 20, 20, 20, 20, 20]));

    [Fact]
    public void SpikesNoiseAndRecoveriesGoOn()
    {
        double[] spikes = [.. Descent(400).Select((loss, i) => i % 20 is 11 or 12 or 13 ? 40 : loss)];
        Assert.Equal(0, FirstStop(new LossWatch(), spikes));
        Assert.Equal(0, FirstStop(new LossWatch(), [.. Descent(60), 60, 50, 40, 30, 20, 12, 9, 2, 2, 2]));
        // Near zero a multiple says nothing.
        Assert.Equal(0, FirstStop(new LossWatch(), [.. Enumerable.Repeat(0.001, 60), 0.01, 0.02, 0.05, 0.1, 0.3, 0.5, 0.6]));
        // The first steps have no measure yet.
        Assert.Equal(0, FirstStop(new LossWatch(), [1, 5, 9, 12, 12, 12, 12]));
    }

    [Fact]
    public void AResumedWatchDecidesTheSame()
    {
        double[] losses = [.. Descent(60), 20, 30, 40, 50, 60];
        for (int cut = 0; cut <= 64; cut += 8)
        {
            var resumed = new LossWatch();
            Assert.Equal(0, FirstStop(resumed, losses[..cut]));
            Assert.Equal(65 - cut, FirstStop(resumed, losses[cut..]));
        }
    }

    static double[] Descent(int steps) => [.. Enumerable.Range(0, steps).Select(i => 6.0 * 30 / (30 + i) + 0.4 * (Philox.Generate(3, 1, (ulong)i).X0 / 4e9))];

    /// <summary>The number of the step that stops, from 1, or 0.</summary>
    static int FirstStop(LossWatch watch, double[] losses)
    {
        for (int i = 0; i < losses.Length; i++)
            if (watch.Observe(i + 1, losses[i], 1).MustStop) return i + 1;
        return 0;
    }
}
