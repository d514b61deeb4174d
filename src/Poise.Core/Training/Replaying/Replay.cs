using System.Diagnostics;
using System.Security.Cryptography;
using System.Text;
using Poise.Core.Training.Checkpoints;
using Poise.Core.Training.Recipes;
using Poise.Core.Training.Runs;
using Poise.Core.Training.Transcripts;
using Poise.Core.Training.Watching;
using Poise.Tensors;
using Poise.Tensors.Threading;

namespace Poise.Core.Training.Replaying;

/// <summary>
/// Computes steps of a run again and holds everything against its transcript, cause before effect: the chain, recipe, model and data,
/// the checkpoint that it starts from, then each step, and the checkpoints and the adapter that it comes by. It ends at the first
/// difference and writes nothing into the run's folder.
/// </summary>
sealed class Replay
{
    readonly ReplayOptions _options;
    readonly string _path;
    readonly string _folder;
    readonly CancellationToken _cancellation;

    Replay(ReplayOptions options, CancellationToken cancellation)
    {
        (_options, _cancellation) = (options, cancellation);
        _path = Path.GetFullPath(Directory.Exists(options.Transcript) ? Path.Combine(options.Transcript, RunFolder.Transcript) : options.Transcript);
        _folder = Path.GetDirectoryName(_path)!;
    }

    /// <summary>Returns what was found; a cancellation leaves a result that is not complete. Throws where something is missing.</summary>
    public static ReplayResult Run(ReplayOptions options, CancellationToken cancellation = default)
    {
        long started = Stopwatch.GetTimestamp();
        var result = new ReplayResult();
        try
        {
            result.Finding = new Replay(options, cancellation).Find(result);
            result.IsComplete = true;
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            // The result says how far it came.
        }

        result.Seconds = Stopwatch.GetElapsedTime(started).TotalSeconds;
        return result;
    }

    ReplayFinding? Find(ReplayResult result)
    {
        Transcript transcript;
        try
        {
            transcript = result.Transcript = Transcript.Read(_path);
        }
        catch (BrokenChainException broken)
        {
            return new ReplayFinding(ReplayKind.Chain, 0, $"line {broken.Line}", "a chain of hashes", broken.Message, "The transcript was changed or damaged after it was written.");
        }

        if (TranscriptOrder.Check(transcript) is { } disorder) return disorder;
        string digest = Recipe.DigestOf(transcript.Header.Recipe);
        if (digest != transcript.Header.RecipeDigest) return ReplayMeaning.OfHeader(new TranscriptDifference(0, "recipe_digest", transcript.Header.RecipeDigest, digest));
        Recipe recipe = Recipe.Parse(transcript.Header.Recipe, $"{_path}, recipe");
        long last = transcript.Steps.LastOrDefault()?.Step ?? 0;
        (result.From, result.To) = (Math.Max(1, _options.From), _options.To == 0 ? last : _options.To);
        if (last == 0) throw new PoiseException($"{_path} has no steps yet.");
        if (result.From > result.To || result.To > last) throw new PoiseException($"There are no steps {result.From:N0} to {result.To:N0} in {_path}; it has 1 to {last:N0}.");
        if (!transcript.IsWhole) result.Notes.Add("the last line of the transcript was never finished; it is left out");
        if (!transcript.Entries.OfType<TranscriptEnd>().Any()) result.Notes.Add("the run has not ended yet");

        var inputs = new ReplayInputs(_options, transcript.Header, recipe, _folder);
        if (TranscriptDifference.Find(transcript.Header, inputs.Header(_options, _cancellation)) is { } difference)
        {
            // Another version may compute the same; the steps will show.
            if (difference.Field != "code") return ReplayMeaning.OfHeader(difference);
            result.Notes.Add($"the run was computed by Poise {difference.Left}; this is {difference.Right}");
        }

        List<ReplayCheckpoint> checkpoints = [.. CheckpointEntry.List(Path.Combine(_folder, RunFolder.Checkpoints)).Select(entry => new ReplayCheckpoint(entry, transcript))];
        // A checkpoint is saved after its lines are on the disk.
        if (checkpoints.Find(c => c.Step > last) is { } newer)
            return new ReplayFinding(ReplayKind.Steps, 0, $"step {last}", "the last step", $"a checkpoint of step {newer.Step}", "Lines at the end of the transcript are missing.");
        ReplayCheckpoint? start = checkpoints.Find(c => c.Step < result.From && transcript.Steps.Any(s => s.Step == c.Step && s.Weights is not null && s.OptimizerState is not null));
        if (start?.Check() is { } wrong) return wrong;
        result.Start = result.Reached = start?.Step ?? 0;
        _cancellation.ThrowIfCancellationRequested();
        _options.Progress?.Invoke("opening model and data", 0, 0);
        using var machine = inputs.Open(_options);
        using var pool = new ComputePool(_options.Threads);
        var state = new TrainingState(machine.Optimizer, new TrainingProgress(0, 0, 0, 0, recipe.Digest, TranscriptPosition.Start));
        if (start is null)
        {
            string weights = machine.Digest();
            if (weights != transcript.Header.InitialWeights) return ReplayMeaning.OfHeader(new TranscriptDifference(0, "initial_weights", transcript.Header.InitialWeights, weights));
        }
        else if (start.Load(state, () => (machine.Digest(), WeightsDigest.Compute(pool, machine.Optimizer))) is { } other) return other;

        if (last > machine.Steps || (transcript.Entries[^1] is TranscriptEnd && last != machine.Steps))
            return new ReplayFinding(ReplayKind.Steps, last, "steps", $"{last}", $"{machine.Steps}", "Recipe and data make a run of another length than the transcript has.");
        return Compute(result, machine, state, checkpoints);
    }

    ReplayFinding? Compute(ReplayResult result, StepMachine machine, TrainingState state, List<ReplayCheckpoint> checkpoints)
    {
        Transcript transcript = result.Transcript!;
        var watch = new LossWatch();
        foreach (TranscriptStep step in transcript.Steps.TakeWhile(s => s.Step <= result.Start)) watch.Observe(step.Step, step.Loss, step.GradientNorm);
        long sure = result.Start;
        foreach (TranscriptStep recorded in transcript.Steps.Where(s => s.Step > result.Start && s.Step <= result.To))
        {
            _cancellation.ThrowIfCancellationRequested();
            _options.Progress?.Invoke("computing steps again", state.Progress.Step - result.Start, result.To - result.Start);
            if (Step(machine, state, watch, recorded, sure, out TranscriptStep? computed) is { } finding)
                return recorded.Step == result.Start + 1 && finding.Kind == ReplayKind.Data && result.Start > 0 ? ReplayMeaning.AfterCheckpoint(finding) : AfterDifference(finding, transcript, machine, state, watch, computed);
            result.Reached = recorded.Step;
            result.Targets += recorded.Tokens;
            if (recorded.Weights is not null && computed!.Weights is not null) result.Digests.Add(sure = recorded.Step);
            if (recorded.Step >= result.From && Evaluate(result, machine, recorded.Step, sure) is { } measured) return measured;
            if (checkpoints.Find(c => c.Step == recorded.Step) is not { } checkpoint) continue;
            if (checkpoint.Compare(state) is { } changed) return changed;
            result.Checkpoints.Add(recorded.Step);
        }

        _options.Progress?.Invoke("computing steps again", 1, 1);
        return result.To == machine.Steps && transcript.Entries[^1] is TranscriptEnd end ? CompareEnd(result, machine, end) : null;
    }

    /// <summary>Computes the step that follows, and what in it differs.</summary>
    static ReplayFinding? Step(StepMachine machine, TrainingState state, LossWatch watch, TranscriptStep recorded, long sure, out TranscriptStep? computed)
    {
        computed = null;
        try
        {
            StepResult step = machine.Step(state.Progress, watch);
            (computed, state.Progress) = (step.Entry, step.After);
        }
        catch (PoiseException stopped)
        {
            return new ReplayFinding(ReplayKind.Loss, recorded.Step, "step", "a step that was done", stopped.Message, "The run went on here; its replay stops, as a run would that computes this.");
        }

        return TranscriptDifference.Find(recorded, computed) is { } difference ? ReplayMeaning.OfStep(difference, sure) : null;
    }

    /// <summary>Where a number of one line differs, the next digest of the weights tells whether the line is wrong or the computation.</summary>
    ReplayFinding AfterDifference(ReplayFinding finding, Transcript transcript, StepMachine machine, TrainingState state, LossWatch watch, TranscriptStep? computed)
    {
        if (!finding.IsOfALine || computed is null) return finding;
        if (transcript.Steps.FirstOrDefault(s => s.Step >= finding.Step && s.Weights is not null) is not { } known) return finding;
        while (computed?.Step < known.Step)
        {
            _cancellation.ThrowIfCancellationRequested();
            _options.Progress?.Invoke("looking for the cause", state.Progress.Step - finding.Step, known.Step - finding.Step);
            Step(machine, state, watch, transcript.Steps.First(s => s.Step == state.Progress.Step + 1), 0, out computed);
        }

        return finding with
        {
            Meaning = computed?.Weights == known.Weights
                ? $"The weights after step {known.Step} are those of the transcript all the same: the run computed what this replay did, and the line was changed, with all hashes after it."
                : $"{finding.Meaning} The weights after step {known.Step} differ too.",
        };
    }

    ReplayFinding? Evaluate(ReplayResult result, StepMachine machine, long step, long sure)
    {
        TranscriptEvaluation? recorded = result.Transcript!.Entries.OfType<TranscriptEvaluation>().FirstOrDefault(e => e.Step == step);
        bool due = Evaluation.IsDue(machine.Recipe, step, machine.Steps);
        // A run that was ended in between has the step and not yet its evaluation.
        if (recorded is null && result.Transcript.Entries[^1] is TranscriptStep last && last.Step == step) return null;
        if (due != (recorded is not null))
            return new ReplayFinding(ReplayKind.Steps, step, "evaluation", recorded is null ? "none" : "one", due ? "one" : "none", "The recipe says after which steps there is an evaluation; the transcript has a line less, or one more.");
        if (recorded is null) return null;
        _options.Progress?.Invoke("evaluating again", 0, 0);
        Evaluation evaluation = machine.Evaluate()!;
        if (TranscriptDifference.Find(recorded, new TranscriptEvaluation(step, evaluation.Tokens, evaluation.Means.Loss)) is { } difference) return ReplayMeaning.OfStep(difference, sure);
        result.Evaluations.Add(step);
        return null;
    }

    ReplayFinding? CompareEnd(ReplayResult result, StepMachine machine, TranscriptEnd end)
    {
        string weights = machine.Digest();
        if (end.Weights != weights)
            return new ReplayFinding(ReplayKind.Weights, end.Step, "final weights", end.Weights, weights, "The weights after the last step are those that its line names; the last line of the transcript has others.");
        (ReplayFinding? finding, result.Result) = ReplayEnd.Compare(Path.Combine(_folder, machine.Learner.FolderName), machine, end.Step, result.Notes);
        return finding;
    }
}
