using System.Diagnostics;
using Poise.Core.Adapters;
using Poise.Core.Library;
using Poise.Core.Training.Checkpoints;
using Poise.Core.Training.Data;
using Poise.Core.Training.Forecasts;
using Poise.Core.Training.Graph;
using Poise.Core.Training.Learning;
using Poise.Core.Training.Objectives;
using Poise.Core.Training.Optimizers;
using Poise.Core.Training.Recipes;
using Poise.Core.Training.Reports;
using Poise.Core.Training.Transcripts;
using Poise.Core.Training.Watching;
using Poise.Tensors;
using Poise.Tensors.Formats;
using Poise.Tensors.Threading;

namespace Poise.Core.Training.Runs;

/// <summary>
/// What computes the steps of a run from model, data and recipe, and touches no file of the run: a run and its replay go through
/// the same one. What learns is its <see cref="ILearner"/>'s business, what it learns from its <see cref="IObjective"/>'s.
/// </summary>
sealed class StepMachine : IDisposable
{
    readonly AdapterBase _base;
    readonly RowPlan _rows;
    readonly ComputePool _pool;
    readonly GradientNorm _norm;

    /// <param name="model">A model in any layout.</param>
    /// <param name="data">Files; the recipe's, as paths that exist.</param>
    /// <param name="start">The folder of an adapter to go on from, or null for a new one.</param>
    /// <param name="evaluation">The recipe's files of evaluation, as paths that exist. Without them the machine steps, and does not evaluate.</param>
    public StepMachine(Recipe recipe, string model, IReadOnlyList<string> data, int threads, string? start = null, IReadOnlyList<string>? evaluation = null)
    {
        if (recipe.Adapter is null && start is not null) throw new PoiseException("The recipe trains all weights (method: full), and takes no adapter to go on from; merge it into the model first (poise merge).");
        Recipe = recipe;
        Package = ModelPackage.Open(model);
        try
        {
            Format = SampleFormat.Of(Package);
            Data = new RunData(recipe, Format, data, evaluation ?? [], Package.Config.ContextLength);
            _rows = new RowPlan(recipe, Data.Objective.Rows);
            _base = AdapterBase.Of(Package);
            Forecast = RunForecast.Of(recipe, Package, _base, Data);
            Forecast.Check(MachineMemory.AvailableBytes());
            Learner = recipe.Adapter is null ? new ModelLearner(Package, _base, recipe.Experts) : new AdapterLearner(recipe, Package, _base, start);
        }
        catch
        {
            Package.Dispose();
            throw;
        }

        _pool = new ComputePool(threads);
        Tape = new Tape(threads) { Recomputes = recipe.Run.Recompute };
        Optimizer = OptimizerKinds.Create(recipe.Optimizer, Learner.Parameters);
        _norm = new GradientNorm(Learner.Parameters);
    }

    public Recipe Recipe { get; }

    public ModelPackage Package { get; }

    public SampleFormat Format { get; }

    public RunData Data { get; }

    public RunForecast Forecast { get; }

    public ILearner Learner { get; }

    public Tape Tape { get; }

    /// <summary>Of the whole run.</summary>
    public long Steps => _rows.Steps;

    /// <summary>Holds the trained values and their state: what a checkpoint saves and puts back.</summary>
    public IOptimizer Optimizer { get; }

    /// <summary>What the run starts from; asked for before the first step.</summary>
    public TranscriptHeader Header()
    {
        string @base = BaseDigest.Whole(Package.Checkpoint, _pool);
        // Where all weights learn, the file has been read for the digest alone, and counts as memory until it goes.
        if (Recipe.Adapter is null)
            foreach (StoredTensor tensor in Package.Checkpoint.Tensors) MappedFile.Advise(tensor, MappedAdvice.DoNotNeed);
        return new TranscriptHeader(Recipe.ToCanonicalYaml(), Recipe.Digest, CodeVersion.Current, @base, TokenizerDigest.Of(Package),
            [.. Data.Files.Select(file => new TranscriptFile(Path.GetFileName(file.Path), file.Sha256))], Recipe.Data.Seed, Digest());
    }

    /// <summary>Of the trained values as they are now.</summary>
    public string Digest() => WeightsDigest.Compute(_pool, Optimizer.Parameters);

    /// <summary>The step that follows <paramref name="before"/>. A step whose loss or gradient is out of bounds throws before it changes anything.</summary>
    public StepResult Step(TrainingProgress before, LossWatch watch)
    {
        long started = Stopwatch.GetTimestamp();
        (IReadOnlyList<int[]> rows, long epoch, long position) = _rows.Take(before.Epoch, before.Position);
        TrainingBatch[] batches = [.. rows.Select(Data.Objective.Batch)];
        int weight = batches.Sum(Data.Objective.Weight), targets = batches.Sum(batch => batch.TargetCount);
        foreach (Parameter parameter in Optimizer.Parameters) parameter.Gradient.All.Clear();
        LossSums sums = default;
        foreach (TrainingBatch batch in batches) sums += Data.Objective.Train(Learner.Model, Tape, batch, Math.Max(1, weight));
        LossMeans means = Data.Objective.Means(sums, weight);
        double length = _norm.Compute(_pool), rate = Recipe.LearningRate * Schedules.Multiplier(Recipe.Schedule, before.Step, Steps);
        long step = before.Step + 1;
        // Before anything changes: a bad step never becomes a checkpoint.
        LossVerdict verdict = watch.Observe(step, means.Loss, length);
        if (verdict.MustStop) throw new LossException(verdict);
        Optimizer.Step(_pool, rate, GradientNorm.ClipFactor(length, Recipe.MaxGradientNorm));
        bool digested = step % Recipe.Run.DigestEvery == 0 || step % Recipe.Run.CheckpointEvery == 0 || step == Steps;
        return new StepResult(
            new TranscriptStep(step, before.Epoch, BatchDigest.Of(batches), targets, rate, means.Loss, length, digested ? Digest() : null, digested ? WeightsDigest.Compute(_pool, Optimizer) : null),
            before with { Step = step, Epoch = epoch, Position = position, Tokens = before.Tokens + targets },
            new RunMetrics(step, before.Epoch, means.Loss, length, rate, targets, Stopwatch.GetElapsedTime(started).TotalSeconds, Environment.WorkingSet)
            {
                ProcessedTokens = batches.Sum(batch => batch.Rows), Margin = means.Margin, Accuracy = means.Accuracy,
            });
    }

    /// <summary>The loss on what is held back; null where nothing is.</summary>
    public Evaluation? Evaluate() => Data.EvaluationObjective is { } objective ? Evaluation.Of(objective, Learner.Model, Tape, Recipe.Run.BatchSize) : null;

    /// <summary>Writes what was trained.</summary>
    public void Write(string folder) => Learner.Write(folder);

    public void Dispose()
    {
        Optimizer.Dispose();
        Tape.Dispose();
        _pool.Dispose();
        Learner.Dispose();
        Package.Dispose();
    }
}
