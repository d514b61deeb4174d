namespace Poise.Core.Training.Transcripts;

/// <summary>A line of a transcript after the first.</summary>
public abstract record TranscriptEntry(long Step);

/// <summary>One step of the optimiser.</summary>
/// <param name="Step">From 1.</param>
/// <param name="Epoch">From 0.</param>
/// <param name="Batch">Digest of the tokens and masks that went in.</param>
/// <param name="Tokens">Targets of the loss.</param>
/// <param name="GradientNorm">Before clipping.</param>
/// <param name="Weights">Digest of the trained values after the step, every so many steps and where a checkpoint falls; else null.</param>
/// <param name="OptimizerState">Of what the optimiser remembers, at the same steps: a checkpoint is then known whole.</param>
public sealed record TranscriptStep(
    long Step, long Epoch, string Batch, long Tokens, double LearningRate, double Loss, double GradientNorm, string? Weights, string? OptimizerState = null)
    : TranscriptEntry(Step);

/// <summary>The loss on what is held back, after a step.</summary>
public sealed record TranscriptEvaluation(long Step, long Tokens, double Loss) : TranscriptEntry(Step);

/// <summary>The end of a run.</summary>
/// <param name="Reason">finished, or why it stopped.</param>
/// <param name="Weights">Digest of the trained values.</param>
public sealed record TranscriptEnd(long Step, string Reason, string Weights) : TranscriptEntry(Step);
