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

    /// <summary>The same work, after enough of it that what the compiler improves step by step is at its last step.</summary>
    public static Action Warm(Action work)
    {
        long started = Stopwatch.GetTimestamp();
        while (Stopwatch.GetElapsedTime(started).TotalSeconds < 0.4) work();
        return work;
    }

    public static double Time(Action work)
    {
        long started = Stopwatch.GetTimestamp();
        work();
        return Stopwatch.GetElapsedTime(started).TotalSeconds;
    }
}
