namespace Poise.Core.Training.Data;

/// <summary>Where a sample comes from: a file and a line of it, from 1.</summary>
public readonly record struct DataPlace(string File, int Line)
{
    public override string ToString() => $"{File}, line {Line}";
}

/// <summary>
/// One document to train on. Labels are not shifted: the model's answer at token i is held against the label of token i + 1, so
/// the first label is never used and always <see cref="NoLoss"/>.
/// </summary>
public sealed class TrainingSample
{
    /// <summary>The label of a token that carries no loss.</summary>
    public const int NoLoss = -100;

    /// <param name="labels">As long as the ids. What stands first is replaced.</param>
    public TrainingSample(int[] ids, int[] labels)
    {
        if (labels.Length != ids.Length) throw new ArgumentException("Ids and labels differ in length.", nameof(labels));
        if (labels.Length > 0) labels[0] = NoLoss;
        Ids = ids;
        Labels = labels;
        LossTokens = labels.Length - labels.AsSpan().Count(NoLoss);
    }

    public IReadOnlyList<int> Ids { get; }

    public IReadOnlyList<int> Labels { get; }

    public int Length => Ids.Count;

    public int LossTokens { get; }

    /// <summary>Running text without turns: where it is too long it goes on in a further row instead of being cut.</summary>
    public bool IsText { get; init; }

    /// <summary>Answers that carry no loss because the format no longer shows what led to them.</summary>
    public int SilentAnswers { get; init; }

    public DataPlace Place { get; internal set; }

    /// <summary>A sample whose loss falls on marked tokens.</summary>
    internal static TrainingSample Of(IReadOnlyList<int> ids, IReadOnlyList<bool> loss) =>
        new([.. ids], [.. ids.Select((id, i) => loss[i] ? id : NoLoss)]);

    /// <summary>Places of tokens that stand in the text and that the model is never to say: an answer in the middle ends otherwise than when it was given.</summary>
    internal IReadOnlyList<int> NeverSaid { get; init; } = [];

    /// <summary>The same tokens, all of them to be learnt that a model may say.</summary>
    internal TrainingSample WithEveryToken()
    {
        int[] labels = [.. Ids];
        foreach (int place in NeverSaid) labels[place] = NoLoss;
        return new TrainingSample([.. Ids], labels) { IsText = IsText, SilentAnswers = SilentAnswers, Place = Place };
    }

    /// <summary>The tokens from one place to another; the first of them carries no loss.</summary>
    internal TrainingSample Slice(int start, int end) =>
        new([.. Ids.Skip(start).Take(end - start)], [.. Labels.Skip(start).Take(end - start)]) { IsText = IsText, Place = Place };
}
