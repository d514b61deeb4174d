using System.Globalization;
using Poise.Core.Adapters;
using Poise.Core.Library;
using Poise.Core.Training.Data;
using Poise.Core.Training.Memory;
using Poise.Core.Training.Objectives;
using Poise.Core.Training.Optimizers;
using Poise.Core.Training.Recipes;
using Poise.Core.Training.Runs;
using Poise.Tensors;
using Poise.Tensors.Formats;

namespace Poise.Core.Training.Forecasts;

/// <summary>What a run will take, foreseen from recipe, data and the shapes of the model before anything is loaded.</summary>
/// <param name="Memory">At its peak.</param>
/// <param name="TrainedElements">Numbers that change.</param>
/// <param name="Tokens">That go through the model in all steps.</param>
/// <param name="Operations">Floating-point operations in all.</param>
/// <param name="CheckpointBytes">Of one checkpoint.</param>
sealed record RunForecast(MemoryEstimate Memory, long Steps, long TrainedElements, long Tokens, double Operations, long CheckpointBytes)
{
    /// <summary>Bytes: code that is compiled and objects that are made while a run goes, as measured on runs of several sizes.</summary>
    const long ProgramGrowth = 32 << 20;

    /// <summary>Bytes that the system maps around one that is touched.</summary>
    const long LookUpBytes = 64 << 10;

    public static RunForecast Of(Recipe recipe, ModelPackage package, AdapterBase @base, RunData data)
    {
        IObjective objective = data.Objective;
        TrainedSize trained = TrainedSize.Of(recipe, package, @base);
        long steps = recipe.Run.TotalSteps(objective.Rows), perEpoch = recipe.Run.StepsPerEpoch(objective.Rows);
        RowSize[] sizes = Sizes(objective), largest = [.. sizes.Concat(data.EvaluationObjective is { } held ? Sizes(held) : []).OrderByDescending(size => size.Tokens).Take(recipe.Run.BatchSize)];
        bool full = recipe.Adapter is null;
        long tokens = (long)(sizes.Sum(size => (double)size.Tokens) / perEpoch * steps);
        long frozen = package.Checkpoint.Tensors.Where(t => !full || !MergedTypes.IsPlain(t.Type)).Sum(t => Read(t, @base, tokens));
        // What rounding makes of experts lies beside them.
        if (recipe.Experts?.Format == RecipeExperts.Mxfp4) frozen += package.Checkpoint.Tensors.Where(t => t.Shape.Length == 3).Sum(t => sizeof(float) * t.Elements);
        var plan = new MemoryPlan(ModelShapes.Of(package.Config), trained.Elements, frozen, recipe.Optimizer, largest.Sum(size => size.Tokens), recipe.Run.Recompute,
            trained.Ranks, trained.Outputs, largest.Sum(size => size.Targets), Environment.WorkingSet + ProgramGrowth, full);
        int evaluations = recipe.Run.EvaluateEvery > 0 ? (int)(steps / recipe.Run.EvaluateEvery) : 1;
        long evaluated = data.EvaluationObjective is { } rest ? evaluations * Sizes(rest).Sum(size => (long)size.Tokens) : 0;
        IEnumerable<TrainingSample> sequences = data.Training.Samples.Concat(data.Training.Pairs.SelectMany(pair => (TrainingSample[])[pair.Chosen, pair.Rejected]));
        double operations = WorkEstimate.Operations(recipe, package, tokens, evaluated, sequences.Average(sample => (double)sample.Length));
        long checkpoint = trained.Elements * (sizeof(float) + OptimizerKinds.StateBytesPerElement(recipe.Optimizer));
        return new RunForecast(MemoryEstimate.For(plan), steps, trained.Elements, tokens, operations, checkpoint);
    }

    /// <summary>Refuses what this machine cannot hold. Weights that are only read may leave memory and come again, and are not counted.</summary>
    public void Check(long available)
    {
        long needed = Memory.Parts.Where(part => part.Name is not (MemoryEstimate.Program or MemoryEstimate.Weights)).Sum(part => part.Bytes);
        if (needed <= available) return;
        throw new PoiseException(string.Create(CultureInfo.InvariantCulture,
            $"The run needs {needed / 1e9:0.00} GB of memory beside the weights that it only reads, and {available / 1e9:0.00} GB are available. Lower batch_size (accumulation makes up for it) or max_length, leave recompute on, or train a smaller adapter."));
    }

    // Of a table that only looks rows up, the pages around these rows are read.
    static long Read(StoredTensor tensor, AdapterBase @base, long tokens) =>
        !@base.Tied && tensor.Name == @base.Table?.Name ? Math.Min(tensor.ByteLength, tokens * LookUpBytes) : tensor.ByteLength;

    static RowSize[] Sizes(IObjective objective) => [.. Enumerable.Range(0, objective.Rows).Select(objective.SizeOf)];
}
