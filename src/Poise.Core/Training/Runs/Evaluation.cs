using Poise.Core.Training.Graph;
using Poise.Core.Training.Objectives;
using Poise.Core.Training.Recipes;

namespace Poise.Core.Training.Runs;

/// <summary>The loss on what is held back.</summary>
/// <param name="Tokens">Targets of all rows.</param>
sealed record Evaluation(long Tokens, LossMeans Means)
{
    /// <summary>Whether the recipe asks for one after this step.</summary>
    public static bool IsDue(Recipe recipe, long step, long steps) =>
        recipe.Data.HasEvaluation && (step == steps || (recipe.Run.EvaluateEvery > 0 && step % recipe.Run.EvaluateEvery == 0));

    /// <summary>All rows in the order of the files, batch after batch.</summary>
    public static Evaluation Of(IObjective objective, TrainingModel model, Tape tape, int batchSize)
    {
        (LossSums sums, long weight, long tokens) = (default, 0, 0);
        foreach (int[] rows in Enumerable.Range(0, objective.Rows).Chunk(batchSize))
        {
            TrainingBatch batch = objective.Batch(rows);
            sums += objective.Evaluate(model, tape, batch);
            (weight, tokens) = (weight + objective.Weight(batch), tokens + batch.TargetCount);
        }

        return new Evaluation(tokens, objective.Means(sums, weight));
    }
}
