using Poise.Core.Training.Data;
using Poise.Tensors;

namespace Poise.Core.Training;

/// <summary>
/// Documents one behind the other, without padding: what one forward pass takes. The logits of row i are scored against the
/// label of row i + 1 of the same document.
/// </summary>
public sealed record TrainingBatch
{
    /// <summary>A label that is not scored.</summary>
    public const int Ignored = -100;

    /// <param name="labels">Not shifted: the label of a row is the token that stands there, or <see cref="Ignored"/>.</param>
    /// <param name="starts">First rows of the documents, ascending from 0.</param>
    public TrainingBatch(int[] tokens, int[] labels, int[] starts)
    {
        if (tokens.Length == 0 || labels.Length != tokens.Length) throw new PoiseException($"A batch of {tokens.Length} tokens and {labels.Length} labels cannot be trained on; give one label a token.");
        if (starts.Length == 0 || starts[0] != 0 || starts[^1] >= tokens.Length || starts.Zip(starts.Skip(1)).Any(pair => pair.First >= pair.Second))
            throw new PoiseException("The starts of the documents of a batch must ascend from 0 and lie inside it.");
        (Tokens, Starts, Positions, Targets) = (tokens, starts, new int[tokens.Length], new int[tokens.Length]);
        Array.Fill(Targets, Ignored);
        for (int d = 0; d < starts.Length; d++)
        {
            int end = d + 1 < starts.Length ? starts[d + 1] : tokens.Length;
            for (int i = starts[d]; i < end; i++)
            {
                Positions[i] = i - starts[d];
                if (i + 1 < end) Targets[i] = labels[i + 1];
            }
        }
    }

    public int[] Tokens { get; }

    /// <summary>Counted from the start of the document.</summary>
    public int[] Positions { get; }

    public int[] Starts { get; }

    /// <summary>What the logits of each row are scored against, or <see cref="Ignored"/>.</summary>
    public int[] Targets { get; }

    public int Rows => Tokens.Length;

    /// <summary>Rows that are scored: the loss of a step is the sum over all of them divided by their number.</summary>
    public int TargetCount => Targets.Count(t => t != Ignored);

    /// <summary>The documents of some rows; padding is left out.</summary>
    public static TrainingBatch Of(IReadOnlyList<TrainingRow> rows)
    {
        var starts = new List<int>();
        int before = 0;
        foreach (TrainingRow row in rows)
        {
            foreach (int start in row.DocumentStarts) starts.Add(before + start);
            before += row.Length;
        }

        return new TrainingBatch([.. rows.SelectMany(row => row.Ids.Take(row.Length))], [.. rows.SelectMany(row => row.Labels.Take(row.Length))], [.. starts]);
    }

    /// <summary>One document a sample.</summary>
    public static TrainingBatch FromSamples(IEnumerable<(int[] Tokens, int[] Labels)> samples)
    {
        var list = samples.ToList();
        int[] starts = new int[list.Count];
        for (int i = 1; i < list.Count; i++) starts[i] = starts[i - 1] + list[i - 1].Tokens.Length;
        return new TrainingBatch([.. list.SelectMany(s => s.Tokens)], [.. list.SelectMany(s => s.Labels)], starts);
    }
}
