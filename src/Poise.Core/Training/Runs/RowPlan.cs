using Poise.Core.Training.Data;
using Poise.Core.Training.Recipes;
using Poise.Tensors;

namespace Poise.Core.Training.Runs;

/// <summary>The rows of a run, and which of them each step takes: a function of recipe and data alone.</summary>
sealed class RowPlan
{
    readonly Recipe _recipe;
    readonly IReadOnlyList<TrainingRow> _rows;
    long _epoch = -1;
    IReadOnlyList<int> _order = [];

    public RowPlan(Recipe recipe, FittedData data)
    {
        _recipe = recipe;
        IReadOnlyList<TrainingSample> samples = data.Samples;
        _rows = recipe.Data.Packing
            ? [.. Packing.FirstFitDecreasing([.. samples.Select(s => s.Length)], recipe.Data.MaxLength).Select(group => TrainingRow.Of([.. group.Select(i => samples[i])]))]
            : [.. samples.Select(s => TrainingRow.Of([s]))];
        Steps = recipe.Run.TotalSteps(_rows.Count);
    }

    /// <summary>Of the whole run.</summary>
    public long Steps { get; }

    public int Rows => _rows.Count;

    /// <summary>The micro-batches of the step that begins at a place, and the place of the next one.</summary>
    public (IReadOnlyList<TrainingBatch> Batches, long Epoch, long Position) Take(long epoch, long position)
    {
        // A checkpoint says so, and it may have been written by anybody.
        if (epoch > int.MaxValue || position >= _rows.Count) throw new PoiseException($"The run cannot go on at row {position:N0} of epoch {epoch:N0}: an epoch has {_rows.Count:N0} rows.");
        if (epoch != _epoch)
        {
            _order = _recipe.Data.Shuffled ? SampleOrder.Shuffled(_rows.Count, unchecked((ulong)_recipe.Data.Seed), checked((int)epoch)) : SampleOrder.File(_rows.Count);
            _epoch = epoch;
        }

        int from = checked((int)position), count = Math.Min(checked(_recipe.Run.BatchSize * _recipe.Run.Accumulation), _rows.Count - from);
        TrainingRow[] taken = [.. Enumerable.Range(from, count).Select(i => _rows[_order[i]])];
        TrainingBatch[] batches = [.. taken.Chunk(_recipe.Run.BatchSize).Select(TrainingBatch.Of)];
        return from + count == _rows.Count ? (batches, epoch + 1, 0) : (batches, epoch, position + count);
    }
}
