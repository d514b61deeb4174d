namespace Poise.Core.Training.Graph;

/// <summary>Rows of a table that are trained in place of its own.</summary>
/// <param name="Values">[indices, dim].</param>
sealed record TableRows(int[] Indices, Parameter Values)
{
    /// <summary>Where an index lies in <see cref="Values"/>.</summary>
    public IReadOnlyDictionary<int, int> At { get; } = Indices.Select((index, n) => (index, n)).ToDictionary(pair => pair.index, pair => pair.n);
}
