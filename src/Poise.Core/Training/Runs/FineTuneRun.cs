using Poise.Core.Training.Checkpoints;
using Poise.Core.Training.Recipes;
using Poise.Core.Training.Reports;
using Poise.Core.Training.Transcripts;
using Poise.Core.Training.Watching;
using Poise.Tensors.Formats;

namespace Poise.Core.Training.Runs;

/// <summary>
/// A run of supervised fine-tuning in a folder of its own: transcript.jsonl, checkpoints, metrics.jsonl, and at the end the adapter.
/// A folder that holds the beginning of the same run is gone on from, to the same bits.
/// </summary>
sealed class FineTuneRun : IDisposable
{
    public const string TranscriptFile = "transcript.jsonl", CheckpointFolder = "checkpoints", AdapterFolder = "adapter";

    readonly Recipe _recipe;
    readonly string _folder;
    readonly StepMachine _machine;

    /// <param name="model">A Hugging Face folder.</param>
    /// <param name="data">Files; the recipe's, as paths that exist.</param>
    /// <param name="start">The folder of an adapter to go on from, or null for a new one.</param>
    public FineTuneRun(Recipe recipe, string model, IReadOnlyList<string> data, string folder, int threads, string? start = null)
    {
        (_recipe, _folder) = (recipe, folder);
        _machine = new StepMachine(recipe, model, data, threads, start);
    }

    public long Steps => _machine.Steps;

    /// <summary>Runs to the end, or to a cancellation, which leaves a checkpoint of the last step. Returns the folder of the adapter, null when cancelled.</summary>
    public string? Run(Action<RunMetrics>? observe = null, CancellationToken cancellation = default)
    {
        Directory.CreateDirectory(_folder);
        string path = Path.Combine(_folder, TranscriptFile);
        using var store = new CheckpointStore(Path.Combine(_folder, CheckpointFolder), _recipe.Run.KeepCheckpoints);
        // What a killed process left; nobody else writes here now.
        foreach (string folder in (string[])[_folder, Path.Combine(_folder, AdapterFolder)]) AtomicFile.DeleteLeftovers(folder);
        var state = new TrainingState(_machine.Optimizer, new TrainingProgress(0, 0, 0, 0, _recipe.Digest, TranscriptPosition.Start));
        var watch = new LossWatch();
        // Before anything is put back: it holds the initial weights.
        TranscriptHeader header = _machine.Header();
        CheckpointResume? resumed = store.Resume(state);
        if (resumed is not null) Transcript.CheckGoesOn(path, header);
        using TranscriptWriter transcript = resumed is null ? TranscriptWriter.Restart(path, header) : TranscriptWriter.Resume(path, state.Progress.Transcript);
        if (resumed is not null)
            foreach (TranscriptStep step in Transcript.Read(path).Steps) watch.Observe(step.Step, step.Loss, step.GradientNorm);
        using var metrics = new MetricsLog(Path.Combine(_folder, RunReport.MetricsFile), state.Progress.Step);
        while (state.Progress.Step < Steps)
        {
            if (cancellation.IsCancellationRequested)
            {
                Save(store, transcript, state);
                return null;
            }

            StepResult step = _machine.Step(state.Progress, watch);
            transcript.Append(step.Entry);
            state.Progress = step.After;
            metrics.Append(step.Metrics);
            observe?.Invoke(step.Metrics);
            if (state.Progress.Step % _recipe.Run.CheckpointEvery == 0 && state.Progress.Step < Steps) Save(store, transcript, state);
        }

        Save(store, transcript, state);
        transcript.Append(new TranscriptEnd(Steps, "finished", _machine.Digest()));
        transcript.Commit();
        string result = Path.Combine(_folder, AdapterFolder);
        _machine.Write(result);
        return result;
    }

    static void Save(CheckpointStore store, TranscriptWriter transcript, TrainingState state)
    {
        state.Progress = state.Progress with { Transcript = transcript.Commit() };
        store.Save(state);
    }

    public void Dispose() => _machine.Dispose();
}
