namespace Poise.Benchmarks.Comparing;

/// <summary>A program that is measured.</summary>
interface IContestant
{
    /// <summary>Takes its turn: a value for each round, in the unit of the row.</summary>
    Task<IReadOnlyList<double>> RunAsync(CompareRow row, int rounds, CancellationToken cancellation);
}
