using Poise.Core.Training.Checkpoints;
using Poise.Core.Training.Transcripts;
using Poise.Tensors;

namespace Poise.Core.Training.Replaying;

/// <summary>
/// A checkpoint beside a transcript. It is held against the transcript before anything is computed from it, so that a bit that was
/// changed in it is told apart from one that was computed wrongly.
/// </summary>
sealed class ReplayCheckpoint(CheckpointEntry entry, Transcript transcript)
{
    public long Step => entry.Step;

    /// <summary>What is wrong with its files, its place in the transcript, or its counts; null where nothing is.</summary>
    public ReplayFinding? Check() => Guard(() =>
    {
        if (entry.FindDamage() is { } damage) return Finding(Path.GetFileName(entry.Path), "whole", damage, "A file of the checkpoint was changed or damaged after it was saved.");
        TrainingProgress progress = CheckpointFolder.ReadProgress(entry.Path);
        if (progress.RecipeDigest != transcript.Header.RecipeDigest)
            return Finding("recipe", transcript.Header.RecipeDigest, progress.RecipeDigest, "The checkpoint was saved by a run with another recipe, or one of the two was changed since.");
        TranscriptPosition at = progress.Transcript;
        TranscriptPosition? line = at.Lines >= 1 && at.Lines <= transcript.Positions.Count ? transcript.Positions[(int)at.Lines - 1] : null;
        if (line?.Hash != at.Hash || StepOf(at.Lines) != Step)
            return Finding($"line {at.Lines} of the transcript", line?.Hash ?? "no such line", at.Hash, "When the checkpoint was saved, the transcript had other lines up to here: one of the two was changed since.");
        long tokens = transcript.Steps.TakeWhile(s => s.Step <= Step).Sum(s => s.Tokens);
        return progress.Tokens == tokens ? null : Finding("tokens", $"{tokens}", $"{progress.Tokens}", "The checkpoint's counts are not those of the transcript.");
    });

    /// <summary>Puts everything back, and holds it against the digests of the transcript.</summary>
    /// <param name="digests">Of weights and optimiser as they are now.</param>
    public ReplayFinding? Load(TrainingState state, Func<(string Weights, string Optimizer)> digests) => Guard(() =>
    {
        CheckpointFolder.Read(entry.Path, state);
        TranscriptStep step = transcript.Steps.First(s => s.Step == Step);
        (string weights, string optimizer) = digests();
        if (step.Weights != weights)
            return Finding("weights", step.Weights!, weights, "The checkpoint's files agree with each other, but its weights are not those that the run had: they were changed, and the list of the files with them.");
        return step.OptimizerState == optimizer ? null
            : Finding("optimizer_state", step.OptimizerState!, optimizer, "The checkpoint's weights are right; what the optimiser remembers beside them was changed, and the list of the files with it.");
    });

    /// <summary>Holds it against a state that was computed.</summary>
    public ReplayFinding? Compare(TrainingState state) => Check() ?? Guard(() => CheckpointFolder.FindDifference(entry.Path, state) is { } difference
        ? Finding(Path.GetFileName(entry.Path), "what was computed again", difference, "The transcript up to this step was computed again and is the same; the checkpoint was changed.") : null);

    // What is wrong in a way that its readers refuse.
    ReplayFinding? Guard(Func<ReplayFinding?> check)
    {
        try
        {
            return check();
        }
        catch (PoiseException error)
        {
            return Finding(Path.GetFileName(entry.Path), "the state of this run", error.Message, "The checkpoint is of another run, or was changed.");
        }
    }

    // Of the line before which nothing is left out: the last one that a checkpoint of that step knows.
    long StepOf(long lines) => lines == 1 ? 0 : transcript.Entries[(int)lines - 2].Step;

    ReplayFinding Finding(string what, string recorded, string found, string meaning) => new(ReplayKind.Checkpoint, Step, what, recorded, found, meaning);
}
