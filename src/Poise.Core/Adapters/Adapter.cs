namespace Poise.Core.Adapters;

/// <summary>
/// What an adapter changes in its base, read and checked, whatever file it came from: low-rank pairs, tensors and rows that
/// are replaced. Everything is held in F32.
/// </summary>
public sealed class Adapter : IDisposable
{
    /// <summary>Under this name a file records which base it was made for.</summary>
    internal const string DigestKey = "poise.base_digest";

    /// <summary>Where it came from, for messages.</summary>
    public required string Name { get; init; }

    public required AdapterConfig Config { get; init; }

    public IReadOnlyList<LowRankPair> Pairs { get; init; } = [];

    public IReadOnlyList<Replacement> Replacements { get; init; } = [];

    public IReadOnlyList<RowReplacement> Rows { get; init; } = [];

    /// <summary>What the reader wants people to know: assumptions that it made, a base that differs.</summary>
    public IReadOnlyList<string> Notes { get; init; } = [];

    /// <summary>Numbers that training has changed.</summary>
    public long Elements => Pairs.Sum(p => p.A.All.Length + (long)p.B.All.Length + (p.Magnitudes?.Length ?? 0) + (p.Bias?.Length ?? 0))
        + Replacements.Sum(r => (long)r.Values.Length) + Rows.Sum(r => (long)r.Values.Length);

    public void Dispose()
    {
        foreach (LowRankPair pair in Pairs) pair.Dispose();
    }
}
