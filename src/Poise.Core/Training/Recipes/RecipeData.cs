namespace Poise.Core.Training.Recipes;

/// <summary>What a run reads, and in which order.</summary>
/// <param name="Train">Files.</param>
/// <param name="Evaluation">Files that are only measured on; or none, and a share of the others.</param>
/// <param name="EvaluationShare">Of the training rows, held back.</param>
/// <param name="MaxLength">Tokens of a row; what is longer is cut.</param>
/// <param name="Packing">Short rows share one, each attending to itself alone.</param>
/// <param name="Shuffled">By the seed, anew each epoch; else as the files have them.</param>
/// <param name="Seed">Of the order, of the split, and of new adapters.</param>
/// <param name="LearnsAll">Every token is learnt, what the user says too; else answers alone.</param>
public sealed record RecipeData(IReadOnlyList<string> Train, IReadOnlyList<string> Evaluation, double EvaluationShare, int MaxLength, bool Packing, bool Shuffled, long Seed, bool LearnsAll = false)
{
    public bool HasEvaluation => Evaluation.Count > 0 || EvaluationShare > 0;
}
