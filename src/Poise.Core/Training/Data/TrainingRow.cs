namespace Poise.Core.Training.Data;

/// <summary>
/// A row of tokens to run forward and backward: one document or several, one after another. Each document begins at position 0 and sees only itself; its
/// first label is <see cref="TrainingSample.NoLoss"/>, so that no document predicts the next one. Padding stands at the end and belongs to no document.
/// </summary>
public sealed class TrainingRow
{
    TrainingRow(int[] ids, int[] labels, int[] positions, int[] documentStarts, int length)
    {
        Ids = ids;
        Labels = labels;
        Positions = positions;
        DocumentStarts = documentStarts;
        Length = length;
        LossTokens = labels.Length - labels.AsSpan().Count(TrainingSample.NoLoss);
    }

    public int[] Ids { get; }

    /// <summary>Not shifted: the logits at i are held against the label at i + 1.</summary>
    public int[] Labels { get; }

    /// <summary>From 0 in each document; padding counts on.</summary>
    public int[] Positions { get; }

    /// <summary>Where each document begins, ascending; the first is 0.</summary>
    public int[] DocumentStarts { get; }

    /// <summary>Tokens without padding.</summary>
    public int Length { get; }

    public int LossTokens { get; }

    /// <summary>Tokens of each document.</summary>
    public IEnumerable<int> DocumentLengths => DocumentStarts.Select((start, i) => (i + 1 < DocumentStarts.Length ? DocumentStarts[i + 1] : Length) - start);

    /// <summary>The samples as the documents of one row.</summary>
    /// <param name="width">The row is padded to it; 0 for no padding.</param>
    public static TrainingRow Of(IReadOnlyList<TrainingSample> samples, int width = 0, int padId = 0)
    {
        int length = samples.Sum(sample => sample.Length);
        int[] ids = new int[Math.Max(length, width)], labels = new int[ids.Length], positions = new int[ids.Length];
        var starts = new List<int>();
        int at = 0;
        foreach (TrainingSample sample in samples)
        {
            starts.Add(at);
            for (int i = 0; i < sample.Length; i++, at++) (ids[at], labels[at], positions[at]) = (sample.Ids[i], sample.Labels[i], i);
        }
        for (; at < ids.Length; at++) (ids[at], labels[at], positions[at]) = (padId, TrainingSample.NoLoss, at == 0 ? 0 : positions[at - 1] + 1);
        return new TrainingRow(ids, labels, positions, [.. starts], length);
    }
}
