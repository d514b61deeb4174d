using Poise.Core.Adapters;
using Poise.Core.Library;
using Poise.Core.Training.Adapting;
using Poise.Core.Training.Recipes;

namespace Poise.Core.Training.Forecasts;

/// <summary>How much a recipe trains, counted without loading anything.</summary>
/// <param name="Elements">Numbers that change.</param>
/// <param name="Ranks">Of a layer's adapted matrices together, as far as one token uses them; 0 without an adapter.</param>
/// <param name="Outputs">Widths of a layer's adapted matrices together.</param>
sealed record TrainedSize(long Elements, int Ranks, int Outputs)
{
    public static TrainedSize Of(Recipe recipe, ModelPackage package, AdapterBase @base)
    {
        if (recipe.Adapter is null) return new TrainedSize(package.Checkpoint.Tensors.Where(t => MergedTypes.IsPlain(t.Type)).Sum(t => t.Elements), 0, 0);
        AdapterConfig config = AdapterTargets.ToConfig(recipe.Adapter, recipe.Model);
        (long elements, long ranks, long outputs) = (0, 0, 0);
        foreach (BaseParameter target in AdapterTargets.Find(config, @base))
        {
            int rank = config.RankOf(target.Name), used = Math.Max(1, Math.Min(target.Experts, package.Config.ActiveExperts));
            elements += (long)Math.Max(1, target.Experts) * rank * (target.Inputs + target.Outputs) + (config.Dora ? target.Outputs : 0);
            (ranks, outputs) = (ranks + (long)used * rank, outputs + (long)used * target.Outputs);
        }

        int layers = package.Config.Layers;
        return new TrainedSize(elements, (int)Math.Max(1, ranks / layers), (int)(outputs / layers));
    }
}
