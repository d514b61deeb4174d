namespace Poise.Core.Training.Data;

/// <summary>What a data set holds, and what a maximum length leaves of it.</summary>
public sealed record DatasetStatistics
{
    public required int Samples { get; init; }

    public required int Pairs { get; init; }

    /// <summary>Tokens of all sequences, before anything is cut; a pair has two.</summary>
    public required long Tokens { get; init; }

    public required long LossTokens { get; init; }

    /// <summary>Tokens of the longest sequence, and where it is.</summary>
    public required int Longest { get; init; }

    public required DataPlace LongestPlace { get; init; }

    /// <summary>Answers that carry no loss because the format no longer shows what led to them.</summary>
    public required int SilentAnswers { get; init; }

    public required int CutSequences { get; init; }

    public required long CutTokens { get; init; }

    public required int WithoutLoss { get; init; }

    public required int LossCutAway { get; init; }

    /// <summary>Tokens that training sees in one pass, and those of them with loss.</summary>
    public required long KeptTokens { get; init; }

    public required long KeptLossTokens { get; init; }

    public static DatasetStatistics Of(Dataset data, FittedData fitted)
    {
        TrainingSample? longest = data.Sequences.MaxBy(sample => sample.Length);
        IEnumerable<TrainingSample> kept = fitted.Samples.Concat(fitted.Pairs.SelectMany(pair => (TrainingSample[])[pair.Chosen, pair.Rejected]));
        return new DatasetStatistics
        {
            Samples = data.Samples.Count,
            Pairs = data.Pairs.Count,
            Tokens = data.Sequences.Sum(sample => (long)sample.Length),
            LossTokens = data.Sequences.Sum(sample => (long)sample.LossTokens),
            Longest = longest?.Length ?? 0,
            LongestPlace = longest?.Place ?? default,
            SilentAnswers = data.Sequences.Sum(sample => sample.SilentAnswers),
            CutSequences = fitted.CutSequences,
            CutTokens = fitted.CutTokens,
            WithoutLoss = fitted.WithoutLoss.Count,
            LossCutAway = fitted.LossCutAway.Count,
            KeptTokens = kept.Sum(sample => (long)sample.Length),
            KeptLossTokens = kept.Sum(sample => (long)sample.LossTokens),
        };
    }
}
