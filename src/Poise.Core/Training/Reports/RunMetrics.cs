namespace Poise.Core.Training.Reports;

/// <summary>The numbers of one step, for people: unlike the transcript they may depend on the machine and the clock.</summary>
/// <param name="Tokens">Targets of the step.</param>
/// <param name="Seconds">That the step took.</param>
/// <param name="MemoryBytes">Of the process after the step.</param>
/// <param name="EvaluationLoss">Where the step was followed by an evaluation.</param>
public sealed record RunMetrics(long Step, long Epoch, double Loss, double GradientNorm, double LearningRate, long Tokens, double Seconds, long MemoryBytes, double? EvaluationLoss = null)
{
    /// <summary>Tokens that went through the model, with loss or without.</summary>
    public long ProcessedTokens { get; init; }

    /// <summary>Preferences: by how much the wanted answers' rewards exceed the others', in the mean.</summary>
    public double? Margin { get; init; }

    /// <summary>Preferences: the share of pairs whose wanted answer has the greater reward.</summary>
    public double? Accuracy { get; init; }

    public double? EvaluationMargin { get; init; }

    public double? EvaluationAccuracy { get; init; }

    /// <summary>0 where the clock saw no time pass.</summary>
    public double TokensPerSecond => Seconds > 0 ? ProcessedTokens / Seconds : 0;
}
