namespace Poise.Core.Training.Recipes;

/// <summary>The low-rank matrices that learn instead of the model.</summary>
/// <param name="Kind">lora, rslora or dora.</param>
/// <param name="TargetModules">Ends of names of linear layers, or all-linear: all but the output matrix.</param>
/// <param name="TargetParameters">Ends of names of tensors that are no linear layer, as the experts of gpt-oss.</param>
/// <param name="Layers">To which <paramref name="TargetModules"/> is limited; empty for all.</param>
public sealed record RecipeAdapter(string Kind, int Rank, double Alpha, IReadOnlyList<string> TargetModules, IReadOnlyList<string> TargetParameters, IReadOnlyList<int> Layers)
{
    public static IReadOnlyList<string> Kinds { get; } = ["lora", "rslora", "dora"];

    /// <summary>The word that stands for every linear layer but the output matrix.</summary>
    public const string AllLinear = "all-linear";
}
