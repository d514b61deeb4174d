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
/// What computes the steps of a run from model, data and recipe, and touches no file of the run: a run and its replay go through
/// the same one.
/// </summary>
sealed class StepMachine : IDisposable
{
    readonly Recipe _recipe;
    readonly ModelPackage _package;
    readonly AdapterBase _base;
    readonly TrainedAdapter _adapter;
    readonly TrainingModel _model;
    readonly Dataset _data;
    readonly RowPlan _rows;
    readonly ComputePool _pool;
    readonly Tape _tape;
    readonly GradientNorm _norm;

    /// <param name="model">A Hugging Face folder.</param>
    /// <param name="data">Files; the recipe's, as paths that exist.</param>
    /// <param name="start">The folder of an adapter to go on from, or null for a new one.</param>
    public StepMachine(Recipe recipe, string model, IReadOnlyList<string> data, int threads, string? start = null)
    {
        if (recipe.Method != TrainingMethod.Sft || recipe.Adapter is null)
            throw new PoiseException($"The recipe's method is {recipe.Method}; runs of this kind train adapters by examples (method: sft).");
        if (recipe.Data.HasEvaluation || recipe.Run.SampleEvery > 0)
            throw new PoiseException("Runs do not evaluate and write no samples yet: leave evaluation, evaluation_share and samples out of the recipe.");
        _recipe = recipe;
        _package = ModelPackage.Open(model);
        if (!_package.IsHuggingFace) throw new PoiseException($"{model}: training reads a Hugging Face folder (config.json and safetensors).");
        _data = DatasetReader.Read(data, SampleFormat.Of(_package));
        _rows = new RowPlan(recipe, FittedData.Of(_data, recipe.Data.MaxLength));
        _base = AdapterBase.Of(_package);
        _adapter = Begin(start);
        _model = TrainingModels.Load(JsonConfig.Read(Path.Combine(_package.Path, "config.json")), _package.Checkpoint, _ => false, _adapter.Pairs);
        _pool = new ComputePool(threads);
        _tape = new Tape(threads) { Recomputes = recipe.Run.Recompute };
        Optimizer = OptimizerKinds.Create(recipe.Optimizer, _adapter.Parameters);
        _norm = new GradientNorm(_adapter.Parameters);
    }

    /// <summary>Of the whole run.</summary>
    public long Steps => _rows.Steps;

    /// <summary>Holds the trained values and their state: what a checkpoint saves and puts back.</summary>
    public IOptimizer Optimizer { get; }

    /// <summary>What the run starts from; asked for before the first step.</summary>
    public TranscriptHeader Header() => new(_recipe.ToCanonicalYaml(), _recipe.Digest, CodeVersion.Current, BaseDigest.Whole(_package.Checkpoint, _pool), TokenizerDigest.Of(_package.Path),
        [.. _data.Files.Select(file => new TranscriptFile(Path.GetFileName(file.Path), file.Sha256))], _recipe.Data.Seed, Digest());

    /// <summary>Of the trained values as they are now.</summary>
    public string Digest() => WeightsDigest.Compute(_pool, Optimizer.Parameters);

    /// <summary>The step that follows <paramref name="before"/>. A step whose loss or gradient is out of bounds throws before it changes anything.</summary>
    public StepResult Step(TrainingProgress before, LossWatch watch)
    {
        long started = Stopwatch.GetTimestamp();
        (IReadOnlyList<TrainingBatch> batches, long epoch, long position) = _rows.Take(before.Epoch, before.Position);
        int targets = batches.Sum(batch => batch.TargetCount);
        foreach (Parameter parameter in Optimizer.Parameters) parameter.Gradient.All.Clear();
        double sum = 0;
        foreach (TrainingBatch batch in batches) sum += _model.Train(_tape, batch, Math.Max(1, targets));
        double loss = targets == 0 ? 0 : sum / targets, length = _norm.Compute(_pool), rate = _recipe.LearningRate * Schedules.Multiplier(_recipe.Schedule, before.Step, Steps);
        long step = before.Step + 1;
        // Before anything changes: a bad step never becomes a checkpoint.
        LossVerdict verdict = watch.Observe(step, loss, length);
        if (verdict.MustStop) throw new PoiseException(verdict.Message);
        Optimizer.Step(_pool, rate, GradientNorm.ClipFactor(length, _recipe.MaxGradientNorm));
        bool digested = step % _recipe.Run.DigestEvery == 0 || step % _recipe.Run.CheckpointEvery == 0 || step == Steps;
        return new StepResult(
            new TranscriptStep(step, before.Epoch, Digest(batches), targets, rate, loss, length, digested ? Digest() : null, digested ? WeightsDigest.Compute(_pool, Optimizer) : null),
            before with { Step = step, Epoch = epoch, Position = position, Tokens = before.Tokens + targets },
            new RunMetrics(step, before.Epoch, loss, length, rate, targets, Stopwatch.GetElapsedTime(started).TotalSeconds, Environment.WorkingSet));
    }

    /// <summary>Writes what was trained.</summary>
    public void Write(string folder)
    {
        using Adapter adapter = _adapter.ToAdapter(folder);
        AdapterFile.WritePeft(adapter, _base, folder);
    }

    TrainedAdapter Begin(string? start)
    {
        if (start is null)
            return TrainedAdapter.Create(AdapterTargets.ToConfig(_recipe.Adapter!, _recipe.Model), _base, unchecked((ulong)_recipe.Data.Seed), parameter => RowNorms.Of(_package.Checkpoint, parameter));
        using Adapter read = AdapterFile.Read(start, _base);
        return TrainedAdapter.Continue(read, _base);
    }

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
        Optimizer.Dispose();
        _tape.Dispose();
        _pool.Dispose();
        _model.Dispose();
        _adapter.Dispose();
        _package.Dispose();
    }
}
