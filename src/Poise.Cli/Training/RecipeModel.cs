using Poise.Tensors;

namespace Poise.Cli.Training;

/// <summary>Whether a recipe is for the model that it is asked to train.</summary>
static class RecipeModel
{
    /// <summary>
    /// Its name has to stand somewhere in the model's path, as gpt-oss-20b does in models/gpt-oss-20b-bf16 and in a hub's
    /// models--openai--gpt-oss-20b/snapshots/…; of owner/name the name is enough. A recipe with a path is for what lies there.
    /// </summary>
    public static void Check(string named, string model, string recipePath)
    {
        string path = Path.GetFullPath(model), wanted = Path.GetFullPath(named, Path.GetDirectoryName(Path.GetFullPath(recipePath))!);
        if (Same(path, wanted)) return;
        string name = named.TrimEnd('/', '\\').Split('/', '\\')[^1];
        if (name.Length > 0 && path.Split('/', '\\').Any(part => part.Contains(name, StringComparison.OrdinalIgnoreCase))) return;
        throw new PoiseException($"The recipe {recipePath} is for the model '{named}', and {model} does not look like it. Name that model, or write this one into the recipe's 'model' (which makes it another recipe).");
    }

    static bool Same(string one, string other) => Path.TrimEndingDirectorySeparator(one) == Path.TrimEndingDirectorySeparator(other);
}
