namespace Poise.Core.Training.Data;

/// <summary>Rows that share a step of the optimiser, or a part of one.</summary>
public sealed class TrainingBatch
{
    TrainingBatch(IReadOnlyList<TrainingRow> rows) => Rows = rows;

    public IReadOnlyList<TrainingRow> Rows { get; }

    /// <summary>Tokens that carry loss: what the sum of the losses is divided by.</summary>
    public int LossTokens => Rows.Sum(row => row.LossTokens);

    /// <summary>A row for each sample, padded at the right to the longest.</summary>
    public static TrainingBatch Padded(IReadOnlyList<TrainingSample> samples, int padId = 0)
    {
        int width = samples.Count == 0 ? 0 : samples.Max(sample => sample.Length);
        return new TrainingBatch([.. samples.Select(sample => TrainingRow.Of([sample], width, padId))]);
    }

    /// <summary>A row for each group of samples; unless a width is given, as long as its samples are.</summary>
    public static TrainingBatch Packed(IReadOnlyList<IReadOnlyList<TrainingSample>> groups, int width = 0, int padId = 0) =>
        new([.. groups.Select(group => TrainingRow.Of(group, width, padId))]);
}
