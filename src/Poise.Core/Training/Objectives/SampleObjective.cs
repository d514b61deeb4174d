using Poise.Core.Training.Data;
using Poise.Core.Training.Graph;
using Poise.Core.Training.Recipes;

namespace Poise.Core.Training.Objectives;

/// <summary>Imitation: the mean of -ln p over all targets of a step.</summary>
sealed class SampleObjective : IObjective
{
    readonly IReadOnlyList<TrainingRow> _rows;

    public SampleObjective(RecipeData recipe, IReadOnlyList<TrainingSample> samples)
    {
        _rows = recipe.Packing
            ? [.. Groups(recipe, [.. samples.Select(s => s.Length)]).Select(group => TrainingRow.Of([.. group.Select(i => samples[i])]))]
            : [.. samples.Select(s => TrainingRow.Of([s]))];
    }

    // Rows that are shuffled anyway may take samples in the order that fills them best.
    static IReadOnlyList<int[]> Groups(RecipeData recipe, int[] lengths) =>
        recipe.Shuffled ? Packing.FirstFitDecreasing(lengths, recipe.MaxLength) : Packing.InOrder(lengths, SampleOrder.File(lengths.Length), recipe.MaxLength);

    public int Rows => _rows.Count;

    public RowSize SizeOf(int row) => new(_rows[row].Length, _rows[row].LossTokens);

    public TrainingBatch Batch(IReadOnlyList<int> rows) => TrainingBatch.Of([.. rows.Select(row => _rows[row])]);

    public int Weight(TrainingBatch batch) => batch.TargetCount;

    public LossSums Train(TrainingModel model, Tape tape, TrainingBatch batch, int weight) => new(model.Train(tape, batch, weight));

    public LossSums Evaluate(TrainingModel model, Tape tape, TrainingBatch batch) => new(model.Evaluate(tape, batch));

    public LossMeans Means(LossSums sums, long weight) => new(weight == 0 ? 0 : sums.Loss / weight);
}
