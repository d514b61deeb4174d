using Poise.Core.Training.Answers;
using Poise.Core.Training.Checkpoints;
using Poise.Core.Training.Recipes;
using Poise.Core.Training.Reports;
using Poise.Core.Training.Transcripts;
using Poise.Core.Training.Watching;
using Poise.Tensors;
using Poise.Tensors.Formats;

namespace Poise.Core.Training.Runs;

/// <summary>
/// A run of fine-tuning in a folder of its own: transcript.jsonl, checkpoints, metrics.jsonl, a report, and at the end the adapter
/// or the model. A folder that holds the beginning of the same run is gone on from, to the same bits.
/// </summary>
sealed class FineTuneRun : IDisposable
{
    readonly Recipe _recipe;
    readonly string _folder;
    readonly StepMachine _machine;
    readonly SampleAnswers _answers;

    /// <param name="model">A model in any layout.</param>
    /// <param name="data">Files; the recipe's, as paths that exist.</param>
    /// <param name="start">The folder of an adapter to go on from, or null for a new one.</param>
    /// <param name="evaluation">The recipe's files of evaluation, as paths that exist.</param>
    public FineTuneRun(Recipe recipe, string model, IReadOnlyList<string> data, string folder, int threads, string? start = null, IReadOnlyList<string>? evaluation = null)
    {
        if (recipe.Data.Evaluation.Count > 0 && evaluation is not { Count: > 0 }) throw new ArgumentException("The recipe's files of evaluation are missing.", nameof(evaluation));
        (_recipe, _folder) = (recipe, folder);
        _machine = new StepMachine(recipe, model, data, threads, start, evaluation);
        try
        {
            _answers = new SampleAnswers(_machine, threads);
        }
        catch
        {
            _machine.Dispose();
            throw;
        }
    }

    public StepMachine Machine => _machine;

    public long Steps => _machine.Steps;

    /// <summary>What people should know before the run.</summary>
    public IReadOnlyList<string> Notes => _machine.Learner.Notes;

    /// <summary>Hears of what people should know while the run goes.</summary>
    public Action<string>? Warn { get; init; }

    /// <summary>Sees answers to the recipe's prompts.</summary>
    public Action<RunSample>? Sampled { get; init; }

    /// <summary>Sees the line of every step.</summary>
    public Action<TranscriptStep>? Stepped { get; init; }

    /// <summary>Free bytes of the disk that a folder is on.</summary>
    internal Func<string, long> FreeBytes { get; init; } = DiskSpace.Free;

    /// <summary>Steps that were done before this process began; known once it runs.</summary>
    public long ResumedAt { get; private set; }

    /// <summary>Runs to the end, or to a cancellation, which leaves a checkpoint of the last step. Returns the folder of the result, null when cancelled.</summary>
    public string? Run(Action<RunMetrics>? observe = null, CancellationToken cancellation = default)
    {
        TranscriptHeader header = _machine.Header();
        if (RunFolder.Check(_folder, header) is { } warning) Warn?.Invoke(warning);
        Directory.CreateDirectory(_folder);
        string path = Path.Combine(_folder, RunFolder.Transcript);
        using var store = new CheckpointStore(Path.Combine(_folder, RunFolder.Checkpoints), _recipe.Run.KeepCheckpoints) { FreeBytes = FreeBytes };
        // What a killed process left; nobody else writes here now.
        AtomicFolder.DeleteLeftovers(_folder);
        foreach (string folder in (string[])[_folder, Path.Combine(_folder, _machine.Learner.FolderName)]) AtomicFile.DeleteLeftovers(folder);
        var state = new TrainingState(_machine.Optimizer, new TrainingProgress(0, 0, 0, 0, _recipe.Digest, TranscriptPosition.Start));
        DiskSpace.Check(_folder, DiskSpace.Needed(_recipe.Run, Steps, state.Bytes, store.Entries.Count) + _machine.Learner.ResultBytes, FreeBytes);
        var watch = new LossWatch();
        CheckpointResume? resumed = store.Resume(state);
        foreach (string damage in resumed?.Damages ?? []) Warn?.Invoke($"{damage}; the checkpoint before it is used");
        // Without a checkpoint nothing of what was begun can be gone on from.
        using TranscriptWriter transcript = resumed is null ? TranscriptWriter.Restart(path, header) : TranscriptWriter.Resume(path, state.Progress.Transcript);
        if (resumed is not null)
            foreach (TranscriptStep step in Transcript.Read(path).Steps) watch.Observe(step.Step, step.Loss, step.GradientNorm);
        ResumedAt = state.Progress.Step;
        using var report = new RunRecord(_folder, _machine, header, ResumedAt, resumed is not null);
        try
        {
            Sample(report, ResumedAt, cancellation);
            while (state.Progress.Step < Steps && !cancellation.IsCancellationRequested) Step(store, transcript, state, watch, report, observe, cancellation);
        }
        catch (LossException e)
        {
            report.Write("stopped");
            string kept = store.Entries is [var last, ..] ? $"It is {last.Path}." : "There is none yet: the run had just begun.";
            throw new PoiseException($"{e.Message} {kept}", e);
        }

        Save(store, transcript, state);
        if (state.Progress.Step < Steps)
        {
            report.Write("interrupted");
            return null;
        }

        transcript.Append(new TranscriptEnd(Steps, "finished", _machine.Digest()));
        transcript.Commit();
        string result = Path.Combine(_folder, _machine.Learner.FolderName);
        _machine.Write(result);
        report.Write("finished");
        return result;
    }

    void Step(CheckpointStore store, TranscriptWriter transcript, TrainingState state, LossWatch watch, RunRecord report, Action<RunMetrics>? observe, CancellationToken cancellation)
    {
        StepResult step = _machine.Step(state.Progress, watch);
        transcript.Append(step.Entry);
        Stepped?.Invoke(step.Entry);
        state.Progress = step.After;
        RunMetrics metrics = step.Metrics;
        long number = state.Progress.Step;
        if (Evaluation.IsDue(_recipe, number, Steps))
        {
            Evaluation evaluation = _machine.Evaluate()!;
            transcript.Append(new TranscriptEvaluation(number, evaluation.Tokens, evaluation.Means.Loss));
            metrics = metrics with { EvaluationLoss = evaluation.Means.Loss, EvaluationMargin = evaluation.Means.Margin, EvaluationAccuracy = evaluation.Means.Accuracy };
        }

        report.Add(metrics);
        observe?.Invoke(metrics);
        Sample(report, number, cancellation);
        if (number % _recipe.Run.CheckpointEvery != 0 || number == Steps) return;
        Save(store, transcript, state);
        report.Write("running");
    }

    // Answers that a cancellation prevents come when the run goes on.
    void Sample(RunRecord report, long step, CancellationToken cancellation)
    {
        if (!_answers.IsDue(step) || report.HasSamples(step)) return;
        try
        {
            IReadOnlyList<RunSample> samples = _answers.Ask(step, cancellation);
            report.Add(samples);
            foreach (RunSample sample in samples) Sampled?.Invoke(sample);
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            // The loop of the run sees it too, and saves.
        }
    }

    static void Save(CheckpointStore store, TranscriptWriter transcript, TrainingState state)
    {
        state.Progress = state.Progress with { Transcript = transcript.Commit() };
        store.Save(state);
    }

    public void Dispose() => _machine.Dispose();
}
