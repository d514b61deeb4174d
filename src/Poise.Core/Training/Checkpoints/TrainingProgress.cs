using Poise.Core.Training.Transcripts;

namespace Poise.Core.Training.Checkpoints;

/// <summary>Where a run stands: with the parameters and the optimiser's state, all that the next step depends on.</summary>
/// <param name="Step">Steps done.</param>
/// <param name="Epoch">From 0.</param>
/// <param name="Position">Rows of the epoch's order that have been used.</param>
/// <param name="Tokens">Targets that the loss has fallen on so far.</param>
/// <param name="RecipeDigest">Of the run that this belongs to.</param>
/// <param name="Transcript">Where its transcript ends; what follows there is computed again.</param>
public sealed record TrainingProgress(long Step, long Epoch, long Position, long Tokens, string RecipeDigest, TranscriptPosition Transcript);
