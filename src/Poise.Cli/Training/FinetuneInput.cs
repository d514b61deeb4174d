using System.Globalization;
using System.Text;
using Poise.Cli.Host;
using Poise.Core.Training.Recipes;

namespace Poise.Cli.Training;

/// <summary>What a command line asks to train: a recipe, and the files that it names as paths that can be opened.</summary>
sealed record FinetuneInput(Recipe Recipe, IReadOnlyList<string> Data, IReadOnlyList<string> Evaluation)
{
    /// <param name="named">Files of data on the command line; they stand for the recipe's.</param>
    /// <param name="method">Of the standard recipe; null for sft.</param>
    public static FinetuneInput Read(string model, IReadOnlyList<string> named, string? recipePath, string? method)
    {
        if (recipePath is null)
        {
            if (named.Count == 0) throw new UsageException("no data: name files of examples, or a --recipe that does");
            return new FinetuneInput(Recipe.Parse(Standard(model, named, method ?? "sft"), "the standard recipe"), named, []);
        }

        if (method is not null) throw new UsageException("--method goes without --recipe: a recipe says its method itself");
        Recipe recipe = Recipe.Load(recipePath);
        RecipeModel.Check(recipe.Model, model, recipePath);
        // The recipe's own files lie relative to it.
        string folder = Path.GetDirectoryName(Path.GetFullPath(recipePath))!;
        return new FinetuneInput(recipe, named.Count > 0 ? named : [.. recipe.Data.Train.Select(file => Path.Combine(folder, file))], [.. recipe.Data.Evaluation.Select(file => Path.Combine(folder, file))]);
    }

    /// <summary>The order is part of what is computed, and so of the recipe that the transcript holds.</summary>
    public FinetuneInput WithOrder(bool shuffled) => this with { Recipe = Recipe with { Data = Recipe.Data with { Shuffled = shuffled } } };

    static string Standard(string model, IReadOnlyList<string> data, string method)
    {
        string rate = method switch { "full" => "1e-5", "dpo" => "5e-5", _ => "2e-4" };
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"model: {RecipeWriter.Quote(Path.GetFileName(Path.TrimEndingDirectorySeparator(model)))}\nmethod: {method}\n");
        text.Append(CultureInfo.InvariantCulture, $"data: {{train: [{string.Join(", ", data.Select(file => RecipeWriter.Quote(Path.GetFileName(file))))}]{(method == "dpo" ? "" : ", packing: true")}}}\n");
        if (method != "full") text.Append("adapter: {kind: lora, r: 8, alpha: 16, target_modules: all-linear}\n");
        text.Append(CultureInfo.InvariantCulture, $"optimizer: {{learning_rate: {rate}, max_gradient_norm: 1.0}}\n");
        text.Append("schedule: {kind: cosine, warmup_ratio: 0.03}\nrun: {epochs: 1, checkpoint_every: 20}\n");
        return text.ToString();
    }
}
