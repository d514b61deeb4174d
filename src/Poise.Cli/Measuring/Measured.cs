namespace Poise.Cli.Measuring;

/// <summary>A measurement with the speeds of its rounds.</summary>
/// <param name="Rounds">Tokens per second of all sequences together, in order; at least one.</param>
sealed record Measured(Measurement Measurement, IReadOnlyList<double> Rounds)
{
    public Spread Speed { get; } = Spread.Of(Rounds);

    /// <summary>Tokens per second of one of the sequences.</summary>
    public double PerSequence => Speed.Median / Measurement.Batch;

    /// <summary>
    /// Bytes of weights read per second, or null. Only for one sequence: in a batch a matrix is read once for several tokens,
    /// and which experts they share is not known.
    /// </summary>
    /// <param name="activeBytes">Bytes of weights that a token reads.</param>
    public double? BytesPerSecond(long activeBytes) => Measurement is { IsDecode: true, Batch: 1 } ? Speed.Median * activeBytes : null;
}
