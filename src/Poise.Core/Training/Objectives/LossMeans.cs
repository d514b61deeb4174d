namespace Poise.Core.Training.Objectives;

/// <summary>What a step, or an evaluation, comes to.</summary>
/// <param name="Margin">Of the rewards of a pair; null where there are no pairs.</param>
/// <param name="Accuracy">Share of the pairs whose wanted answer has the greater reward; null where there are no pairs.</param>
readonly record struct LossMeans(double Loss, double? Margin = null, double? Accuracy = null);
