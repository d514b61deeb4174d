using Poise.Tensors;

namespace Poise.Core.Training.Data;

/// <summary>
/// Samples of at most so many tokens, each with loss. A sample that is too long is cut at its end; running text is parted instead, each further part
/// beginning with the last token of the one before, so that no token is lost as a target. What has no token with loss is left out.
/// </summary>
public sealed class FittedData
{
    readonly List<TrainingSample> _samples = [];
    readonly List<PreferencePair> _pairs = [];
    readonly List<DataPlace> _withoutLoss = [];
    readonly List<DataPlace> _lossCutAway = [];

    FittedData(int maximumLength) => MaximumLength = maximumLength;

    public int MaximumLength { get; }

    public IReadOnlyList<TrainingSample> Samples => _samples;

    public IReadOnlyList<PreferencePair> Pairs => _pairs;

    /// <summary>Sequences that were cut, and their tokens that are gone.</summary>
    public int CutSequences { get; private set; }

    public long CutTokens { get; private set; }

    /// <summary>Samples that had no token with loss from the start.</summary>
    public IReadOnlyList<DataPlace> WithoutLoss => _withoutLoss;

    /// <summary>Samples and pairs all of whose loss (of one answer at least) lay in what was cut.</summary>
    public IReadOnlyList<DataPlace> LossCutAway => _lossCutAway;

    /// <param name="maximumLength">At least 2: one token to read and one to predict.</param>
    /// <exception cref="PoiseException">Nothing is left that carries loss.</exception>
    public static FittedData Of(Dataset data, int maximumLength)
    {
        if (maximumLength < 2) throw new PoiseException($"A length of {maximumLength} leaves nothing to predict: take 2 tokens or more.");
        var fitted = new FittedData(maximumLength);
        foreach (TrainingSample sample in data.Samples) fitted.Add(sample);
        foreach (PreferencePair pair in data.Pairs) fitted.Add(pair);
        return fitted._samples.Count + fitted._pairs.Count > 0 ? fitted : throw fitted.Nothing();
    }

    PoiseException Nothing()
    {
        if (_lossCutAway.Count == 0) return new PoiseException($"No token of the data carries loss: {(_withoutLoss.Count == 1 ? "the only sample has" : $"none of the {_withoutLoss.Count:N0} samples has")} an answer of the assistant that counts (weight 0, or reasoning that led to it is not shown any more).");
        return new PoiseException($"No token of the data carries loss within {MaximumLength} tokens: every answer begins after that. Take a greater length, or shorter prompts.");
    }

    void Add(TrainingSample sample)
    {
        if (sample.LossTokens == 0) _withoutLoss.Add(sample.Place);
        else if (sample.Length <= MaximumLength) _samples.Add(sample);
        else if (sample.IsText)
        {
            for (int start = 0; start + 1 < sample.Length; start += MaximumLength - 1) _samples.Add(sample.Slice(start, Math.Min(sample.Length, start + MaximumLength)));
        }
        else if (Cut(sample) is { LossTokens: > 0 } rest) _samples.Add(rest);
        else _lossCutAway.Add(sample.Place);
    }

    void Add(PreferencePair pair)
    {
        TrainingSample chosen = Cut(pair.Chosen), rejected = Cut(pair.Rejected);
        // Two answers that differ only after the cut teach nothing either.
        if (chosen.LossTokens == 0 || rejected.LossTokens == 0 || chosen.Ids.SequenceEqual(rejected.Ids)) _lossCutAway.Add(pair.Place);
        else _pairs.Add(new PreferencePair(chosen, rejected));
    }

    TrainingSample Cut(TrainingSample sample)
    {
        if (sample.Length <= MaximumLength) return sample;
        CutSequences++;
        CutTokens += sample.Length - MaximumLength;
        return sample.Slice(0, MaximumLength);
    }
}
