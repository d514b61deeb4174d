namespace Poise.Core.Training.Checkpoints;

/// <summary>Where a run goes on.</summary>
/// <param name="Damages">What was wrong with newer checkpoints, newest first; to be told.</param>
public sealed record CheckpointResume(CheckpointEntry Entry, IReadOnlyList<string> Damages);
