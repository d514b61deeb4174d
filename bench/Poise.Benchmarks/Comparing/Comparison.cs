using System.Globalization;
using Poise.Cli.Measuring;

namespace Poise.Benchmarks.Comparing;

/// <summary>A row with the rounds of both programs, and whether its goal is reached.</summary>
/// <param name="Limit">Gibibytes for the row of memory; else not used.</param>
sealed record Comparison(CompareRow Row, Spread Poise, Spread Peer, bool Dense, double Limit)
{
    public static string[] Header { get; } = ["", "Poise", "llama.cpp", "ratio", "goal", "reached"];

    /// <summary>Speed over speed, or time over time: more is better for Poise.</summary>
    public double Ratio => Row.Kind is CompareKind.FirstToken or CompareKind.Memory ? Peer.Median / Poise.Median : Poise.Median / Peer.Median;

    double SpeedGoal => Dense ? CompareRow.DenseGoal : Row.Goal;

    public bool IsReached => Row.Kind switch
    {
        CompareKind.FirstToken => Poise.Median <= Row.Goal,
        CompareKind.Memory => Poise.Median <= Limit,
        _ => Ratio >= SpeedGoal,
    };

    string Goal => Row.Kind switch
    {
        CompareKind.FirstToken => $"at most {Figures.Show(Row.Goal)}",
        CompareKind.Memory => $"at most {Figures.Show(Limit)}: weights, keys and values, 5 % more",
        _ => Figures.Show(SpeedGoal),
    };

    public string[] Columns => [Row.What, Show(Poise), Show(Peer), Figures.Show(Ratio), Goal, IsReached ? "yes" : "no"];

    static string Show(Spread spread) => string.Create(CultureInfo.InvariantCulture, $"{Figures.Show(spread.Median)} ({Figures.Range(spread.Minimum, spread.Maximum)})");
}
