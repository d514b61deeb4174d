namespace Poise.Core.Pretraining;

/// <summary>Where a training first differs from the published one.</summary>
/// <param name="Stage">corpus, tokenizer, initial, the name of a run, or artefact.</param>
/// <param name="Step">Of the run; 0 where it is not a step that differs.</param>
/// <param name="What">The thing that differs.</param>
sealed record TrainingDifference(string Stage, long Step, string What, string Published, string Here);
