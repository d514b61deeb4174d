using Poise.Core.Training.Graph;

namespace Poise.Core.Training.Objectives;

/// <summary>What a run makes smaller: how rows of its data become batches, and what a batch gives to loss and gradients.</summary>
interface IObjective
{
    /// <summary>Of an epoch.</summary>
    int Rows { get; }

    RowSize SizeOf(int row);

    TrainingBatch Batch(IReadOnlyList<int> rows);

    /// <summary>What a batch counts in the mean that the loss is: the loss of a step is the sum over its batches by the sum of their weights.</summary>
    int Weight(TrainingBatch batch);

    /// <summary>Adds the gradients of the batch's share of the mean to the parameters.</summary>
    /// <param name="weight">Of the whole step, at least 1.</param>
    LossSums Train(TrainingModel model, Tape tape, TrainingBatch batch, int weight);

    /// <summary>The same sums without gradients.</summary>
    LossSums Evaluate(TrainingModel model, Tape tape, TrainingBatch batch);

    /// <summary>The sums over so much weight as means.</summary>
    LossMeans Means(LossSums sums, long weight);
}
