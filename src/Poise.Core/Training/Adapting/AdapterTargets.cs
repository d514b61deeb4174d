using Poise.Core.Adapters;
using Poise.Core.Training.Recipes;
using Poise.Tensors;

namespace Poise.Core.Training.Adapting;

/// <summary>Which parameters of a base a recipe adapts, and the configuration that says so in PEFT's words.</summary>
static class AdapterTargets
{
    // What transformers holds as a parameter of its own is no linear layer, and PEFT's all-linear passes it over.
    const string Router = ".router";

    /// <summary>In the order of their names, which is the order of everything that follows from it.</summary>
    public static IReadOnlyList<BaseParameter> Find(AdapterConfig config, AdapterBase @base)
    {
        BaseParameter[] found = [.. @base.Parameters.Where(p => IsTarget(p, config)).OrderBy(p => p.Name, StringComparer.Ordinal)];
        foreach (string end in config.TargetParameters)
        {
            if (!found.Any(p => ModuleSelection.IsEnd(p.Name, end)))
                throw new PoiseException($"The recipe's target_parameters has '{end}', and {@base.Name} has no such matrix. Give the end of a parameter's name, as in 7.mlp.experts.down_proj; `poise show MODEL --tensors` lists them.");
        }

        if (found.Length == 0)
            throw new PoiseException($"The recipe's adapter has no target in {@base.Name}. Give ends of names of linear layers in target_modules, or {RecipeAdapter.AllLinear}.");
        foreach (int layer in config.Layers ?? [])
        {
            if (!found.Any(p => Patterns.LayerOf(p.Name, config.LayersPattern) == layer))
                throw new PoiseException($"The recipe's adapter.layers has {layer}, and {@base.Name} has no such layer with a target.");
        }

        return found;
    }

    /// <summary>The recipe's adapter as adapter_config.json has it.</summary>
    public static AdapterConfig ToConfig(RecipeAdapter recipe, string? model)
    {
        bool all = recipe.TargetModules.Contains(RecipeAdapter.AllLinear, StringComparer.Ordinal);
        return new AdapterConfig
        {
            Rank = recipe.Rank,
            Alpha = recipe.Alpha,
            RankStabilized = recipe.Kind == "rslora",
            Dora = recipe.Kind == "dora",
            AllLinear = all,
            TargetModules = all || recipe.TargetModules.Count == 0 ? null : new ModuleSelection(null, recipe.TargetModules),
            TargetParameters = recipe.TargetParameters,
            Layers = recipe.Layers.Count == 0 ? null : recipe.Layers,
            BaseModel = model,
        };
    }

    static bool IsTarget(BaseParameter parameter, AdapterConfig config)
    {
        if (config.TargetsParameter(parameter.Name)) return parameter.Kind is BaseKind.Matrix or BaseKind.Experts;
        if (parameter.Kind != BaseKind.Matrix || parameter.LinearModule is not { } module) return false;
        if (!config.AllLinear) return config.Targets(module);
        return parameter.Name != AdapterBase.HeadName && !module.EndsWith(Router, StringComparison.Ordinal) && config.IsInLayers(module);
    }
}
