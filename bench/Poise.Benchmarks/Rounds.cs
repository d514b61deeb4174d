using System.Diagnostics;
using Poise.Cli.Measuring;

namespace Poise.Benchmarks;

/// <summary>The same work several times over, after one turn that warms up and is not counted.</summary>
static class Rounds
{
    /// <summary>Seconds of each round.</summary>
    public static Spread Seconds(int rounds, Action work)
    {
        work();
        return Spread.Of([.. Enumerable.Range(0, rounds).Select(_ => Time(work))]);
    }

    /// <summary><paramref name="amount"/> a second.</summary>
    public static Spread Rates(int rounds, double amount, Action work)
    {
        work();
        return Spread.Of([.. Enumerable.Range(0, rounds).Select(_ => amount / Time(work))]);
    }

    public static double Time(Action work)
    {
        long started = Stopwatch.GetTimestamp();
        work();
        return Stopwatch.GetElapsedTime(started).TotalSeconds;
    }
}
