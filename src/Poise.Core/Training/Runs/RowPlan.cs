using Poise.Core.Training.Data;
using Poise.Core.Training.Recipes;
using Poise.Tensors;

namespace Poise.Core.Training.Runs;

/// <summary>Which rows each step of a run takes: a function of recipe and number of rows alone.</summary>
/// <param name="rows">Of an epoch.</param>
sealed class RowPlan(Recipe recipe, int rows)
{
    long _epoch = -1;
    IReadOnlyList<int> _order = [];

    /// <summary>Of the whole run.</summary>
    public long Steps { get; } = recipe.Run.TotalSteps(rows);

    /// <summary>The rows of the micro-batches of the step that begins at a place, and the place of the next one.</summary>
    public (IReadOnlyList<int[]> Batches, long Epoch, long Position) Take(long epoch, long position)
    {
        // A checkpoint says so, and it may have been written by anybody.
        if (epoch > int.MaxValue || position >= rows) throw new PoiseException($"The run cannot go on at row {position:N0} of epoch {epoch:N0}: an epoch has {rows:N0} rows.");
        if (epoch != _epoch)
        {
            _order = recipe.Data.Shuffled ? SampleOrder.Shuffled(rows, unchecked((ulong)recipe.Data.Seed), checked((int)epoch)) : SampleOrder.File(rows);
            _epoch = epoch;
        }

        int from = checked((int)position), count = (int)Math.Min((long)recipe.Run.BatchSize * recipe.Run.Accumulation, rows - from);
        int[][] batches = [.. Enumerable.Range(from, count).Select(i => _order[i]).Chunk(recipe.Run.BatchSize)];
        return from + count == rows ? (batches, epoch + 1, 0) : (batches, epoch, position + count);
    }
}
