using Poise.Core.Library;
using Poise.Core.Models;
using Poise.Core.Training.Recipes;

namespace Poise.Core.Training.Forecasts;

/// <summary>
/// Floating-point operations of a run. Each weight that a token uses costs 2 forward and 2 for the gradient of what enters, 2 more
/// for its own gradient where it learns, and 2 where the layer is computed again; preferences go through the reference as well.
/// Attention costs 2 for each query's element and earlier token, twice.
/// </summary>
static class WorkEstimate
{
    /// <param name="tokens">That go through the model in steps.</param>
    /// <param name="evaluated">That go through it in evaluations.</param>
    /// <param name="length">Of a document, in the mean.</param>
    public static double Operations(Recipe recipe, ModelPackage package, long tokens, long evaluated, double length)
    {
        ModelConfig config = package.Config;
        double forward = 2.0 * package.ActiveParameters + 2.0 * config.Layers * config.Heads * config.HeadSize * length;
        int references = recipe.Method == TrainingMethod.Dpo ? 1 : 0;
        double passes = 2 + references + (recipe.Run.Recompute ? 1 : 0) + (recipe.Adapter is null ? 1 : 0);
        return forward * (passes * tokens + (1.0 + references) * evaluated);
    }
}
