namespace Poise.Core.Training.Reports;

/// <summary>The numbers of one step, for people: unlike the transcript they may depend on the machine and the clock.</summary>
/// <param name="Tokens">Targets of the step.</param>
/// <param name="Seconds">That the step took.</param>
/// <param name="MemoryBytes">Of the process after the step.</param>
/// <param name="EvaluationLoss">Where the step was followed by an evaluation.</param>
public sealed record RunMetrics(long Step, long Epoch, double Loss, double GradientNorm, double LearningRate, long Tokens, double Seconds, long MemoryBytes, double? EvaluationLoss = null);
