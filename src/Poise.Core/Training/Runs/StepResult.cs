using Poise.Core.Training.Checkpoints;
using Poise.Core.Training.Reports;
using Poise.Core.Training.Transcripts;

namespace Poise.Core.Training.Runs;

/// <summary>What one step of a run leaves behind, beside the changed weights.</summary>
/// <param name="Entry">For the transcript.</param>
/// <param name="After">Where the run stands now.</param>
/// <param name="Metrics">For people; time and memory are no part of what repeats.</param>
sealed record StepResult(TranscriptStep Entry, TrainingProgress After, RunMetrics Metrics);
