using System.Buffers.Binary;
using System.Diagnostics;
using System.Security.Cryptography;
using Poise.Core.Adapters;
using Poise.Core.Library;
using Poise.Core.Models;
using Poise.Core.Training.Adapting;
using Poise.Core.Training.Checkpoints;
using Poise.Core.Training.Data;
using Poise.Core.Training.Graph;
using Poise.Core.Training.Optimizers;
using Poise.Core.Training.Recipes;
using Poise.Core.Training.Reports;
using Poise.Core.Training.Transcripts;
using Poise.Core.Training.Watching;
using Poise.Tensors;
using Poise.Tensors.Threading;

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
    readonly ModelPackage _package;
    readonly AdapterBase _base;
    readonly TrainedAdapter _adapter;
    readonly TrainingModel _model;
    readonly Dataset _data;
    readonly RowPlan _rows;
    readonly ComputePool _pool;
    readonly Tape _tape;
    readonly IOptimizer _optimizer;

    /// <param name="model">A Hugging Face folder.</param>
    /// <param name="data">Files; the recipe's, as paths that exist.</param>
    /// <param name="start">The folder of an adapter to go on from, or null for a new one.</param>
    public FineTuneRun(Recipe recipe, string model, IReadOnlyList<string> data, string folder, int threads, string? start = null)
    {
        if (recipe.Method != TrainingMethod.Sft || recipe.Adapter is null)
            throw new PoiseException($"The recipe's method is {recipe.Method}; runs of this kind train adapters by examples (method: sft).");
        if (recipe.Data.HasEvaluation || recipe.Run.SampleEvery > 0)
            throw new PoiseException("Runs do not evaluate and write no samples yet: leave evaluation, evaluation_share and samples out of the recipe.");
        (_recipe, _folder) = (recipe, folder);
        _package = ModelPackage.Open(model);
        if (!_package.IsHuggingFace) throw new PoiseException($"{model}: training reads a Hugging Face folder (config.json and safetensors).");
        _data = DatasetReader.Read(data, SampleFormat.Of(_package));
        _rows = new RowPlan(recipe, FittedData.Of(_data, recipe.Data.MaxLength));
        _base = AdapterBase.Of(_package);
        _adapter = Begin(start);
        _model = TrainingModels.Load(JsonConfig.Read(Path.Combine(_package.Path, "config.json")), _package.Checkpoint, _ => false, _adapter.Pairs);
        _pool = new ComputePool(threads);
        _tape = new Tape(threads) { Recomputes = recipe.Run.Recompute };
        _optimizer = OptimizerKinds.Create(recipe.Optimizer, _adapter.Parameters);
    }

    public long Steps => _rows.Steps;

    /// <summary>Runs to the end, or to a cancellation, which leaves a checkpoint of the last step. Returns the folder of the adapter, null when cancelled.</summary>
    public string? Run(Action<RunMetrics>? observe = null, CancellationToken cancellation = default)
    {
        Directory.CreateDirectory(_folder);
        string path = Path.Combine(_folder, TranscriptFile);
        using var store = new CheckpointStore(Path.Combine(_folder, CheckpointFolder), _recipe.Run.KeepCheckpoints);
        var state = new TrainingState(_optimizer, new TrainingProgress(0, 0, 0, 0, _recipe.Digest, TranscriptPosition.Start));
        var watch = new LossWatch();
        CheckpointResume? resumed = store.Resume(state);
        // Without a checkpoint nothing of what was begun can be gone on from.
        if (resumed is null) File.Delete(path);
        using TranscriptWriter transcript = resumed is null ? TranscriptWriter.Create(path, Header()) : TranscriptWriter.Resume(path, state.Progress.Transcript);
        if (resumed is not null)
            foreach (TranscriptStep step in Transcript.Read(path).Steps) watch.Observe(step.Step, step.Loss, step.GradientNorm);
        using var metrics = new MetricsLog(Path.Combine(_folder, RunReport.MetricsFile), state.Progress.Step);
        var norm = new GradientNorm(_adapter.Parameters);
        while (state.Progress.Step < Steps)
        {
            if (cancellation.IsCancellationRequested)
            {
                Save(store, transcript, state);
                return null;
            }

            RunMetrics numbers = Step(state, transcript, norm, watch);
            metrics.Append(numbers);
            observe?.Invoke(numbers);
            if (state.Progress.Step % _recipe.Run.CheckpointEvery == 0 && state.Progress.Step < Steps) Save(store, transcript, state);
        }

        Save(store, transcript, state);
        transcript.Append(new TranscriptEnd(Steps, "finished", WeightsDigest.Compute(_pool, _adapter.Parameters)));
        transcript.Commit();
        string result = Path.Combine(_folder, AdapterFolder);
        using Adapter adapter = _adapter.ToAdapter(result);
        AdapterFile.WritePeft(adapter, _base, result);
        return result;
    }

    RunMetrics Step(TrainingState state, TranscriptWriter transcript, GradientNorm norm, LossWatch watch)
    {
        long started = Stopwatch.GetTimestamp();
        TrainingProgress before = state.Progress;
        (IReadOnlyList<TrainingBatch> batches, long epoch, long position) = _rows.Take(before.Epoch, before.Position);
        int targets = batches.Sum(batch => batch.TargetCount);
        foreach (Parameter parameter in _adapter.Parameters) parameter.Gradient.All.Clear();
        double sum = 0;
        foreach (TrainingBatch batch in batches) sum += _model.Train(_tape, batch, Math.Max(1, targets));
        double loss = targets == 0 ? 0 : sum / targets, length = norm.Compute(_pool), rate = _recipe.LearningRate * Schedules.Multiplier(_recipe.Schedule, before.Step, Steps);
        long step = before.Step + 1;
        // Before anything changes: a bad step never becomes a checkpoint.
        LossVerdict verdict = watch.Observe(step, loss, length);
        if (verdict.MustStop) throw new PoiseException(verdict.Message);
        _optimizer.Step(_pool, rate, GradientNorm.ClipFactor(length, _recipe.MaxGradientNorm));
        string? digest = step % _recipe.Run.DigestEvery == 0 || step == Steps ? WeightsDigest.Compute(_pool, _adapter.Parameters) : null;
        transcript.Append(new TranscriptStep(step, before.Epoch, Digest(batches), targets, rate, loss, length, digest));
        state.Progress = before with { Step = step, Epoch = epoch, Position = position, Tokens = before.Tokens + targets };
        return new RunMetrics(step, before.Epoch, loss, length, rate, targets, Stopwatch.GetElapsedTime(started).TotalSeconds, Environment.WorkingSet);
    }

    static void Save(CheckpointStore store, TranscriptWriter transcript, TrainingState state)
    {
        state.Progress = state.Progress with { Transcript = transcript.Commit() };
        store.Save(state);
    }

    TrainedAdapter Begin(string? start)
    {
        if (start is null)
            return TrainedAdapter.Create(AdapterTargets.ToConfig(_recipe.Adapter!, _recipe.Model), _base, unchecked((ulong)_recipe.Data.Seed), parameter => RowNorms.Of(_package.Checkpoint, parameter));
        using Adapter read = AdapterFile.Read(start, _base);
        return TrainedAdapter.Continue(read, _base);
    }

    TranscriptHeader Header() => new(_recipe.ToCanonicalYaml(), _recipe.Digest, CodeVersion.Current, _base.Digest ?? "", TokenizerDigest.Of(_package.Path),
        [.. _data.Files.Select(file => new TranscriptFile(Path.GetFileName(file.Path), file.Sha256))], _recipe.Data.Seed, WeightsDigest.Compute(_pool, _adapter.Parameters));

    // SHA-256 of tokens, targets and starts of documents, 32 bits each, low byte first.
    static string Digest(IReadOnlyList<TrainingBatch> batches)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Span<byte> word = stackalloc byte[sizeof(int)];
        foreach (TrainingBatch batch in batches)
        {
            foreach (int value in (IEnumerable<int>)[batch.Rows, .. batch.Tokens, .. batch.Targets, batch.Starts.Length, .. batch.Starts])
            {
                BinaryPrimitives.WriteInt32LittleEndian(word, value);
                hash.AppendData(word);
            }
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    public void Dispose()
    {
        _optimizer.Dispose();
        _tape.Dispose();
        _pool.Dispose();
        _model.Dispose();
        _adapter.Dispose();
        _package.Dispose();
    }
}
