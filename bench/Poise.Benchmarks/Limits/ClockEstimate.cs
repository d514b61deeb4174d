using System.Runtime.CompilerServices;
using Poise.Cli.Measuring;

namespace Poise.Benchmarks.Limits;

/// <summary>The clock in GHz: additions of which each needs the result of the one before take one cycle each on every current core.</summary>
static class ClockEstimate
{
    const int Turns = 4_000_000, Chain = 16;

    static long s_sink;

    public static Spread Measure(int rounds) => Rounds.Rates(rounds, (double)Turns * Chain / 1e9, () => s_sink += Add(Turns));

    // Registers only: a chain of immediates could be folded, by the compiler or by the processor's renamer.
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    static long Add(int turns)
    {
        long a = turns, b = turns + 1;
        for (int i = 0; i < turns; i++)
        {
            a += b;
            b += a;
            a += b;
            b += a;
            a += b;
            b += a;
            a += b;
            b += a;
            a += b;
            b += a;
            a += b;
            b += a;
            a += b;
            b += a;
            a += b;
            b += a;
        }

        return a;
    }
}
