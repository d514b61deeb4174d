namespace Poise.Core.Training.Recipes;

/// <summary>How experts learn where all weights do.</summary>
/// <param name="Balance">Of the loss that keeps a router from preferring few experts (Fedus et al., 2021); 0 for none.</param>
/// <param name="Format">stored: as they are; mxfp4: every step computes with what MXFP4 makes of them, and gradients pass straight through.</param>
public sealed record RecipeExperts(double Balance, string Format)
{
    public const string Stored = "stored", Mxfp4 = "mxfp4";

    public static IReadOnlyList<string> Formats { get; } = [Stored, Mxfp4];
}
