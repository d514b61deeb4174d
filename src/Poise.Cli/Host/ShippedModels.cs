using Poise.Core.Pretraining;
using Poise.Tensors;

namespace Poise.Cli.Host;

/// <summary>What lies beside the program: models that come with it, and what was published of their training.</summary>
static class ShippedModels
{
    /// <summary>The model that answers when none is named.</summary>
    public const string Default = "nano";

    /// <param name="name">Of a model that comes with the program, or a folder like those of such models.</param>
    public static PublishedTraining Published(string name)
    {
        string shipped = FolderOf(name), folder = Directory.Exists(shipped) && !name.Contains('.') ? shipped : name;
        if (!Directory.Exists(folder)) throw new PoiseException($"Nothing was published of '{name}': there is no model of that name with this program, and no folder.");
        string[] recipes = [.. Directory.EnumerateFiles(folder, "*.yaml").Where(PretrainingRecipe.Is)];
        return recipes.Length == 1 ? new PublishedTraining(folder, Path.GetFileNameWithoutExtension(recipes[0]))
            : throw new PoiseException($"{folder} has {recipes.Length} recipes with a section pretraining; expected one.");
    }

    /// <summary>The file of <see cref="Default"/>.</summary>
    public static string DefaultPath
    {
        get
        {
            string path = Path.Combine(FolderOf(Default), $"{Default}.gguf");
            return File.Exists(path) ? path : throw new PoiseException($"No model was named, and {path}, which comes with the program, is missing: name a .gguf file or a folder, or install the program again.");
        }
    }

    /// <summary>
    /// The model's path and the prompt of a command line that may have one of the two alone: a word that is no file and does not look like the
    /// path of one is the prompt, and the model the one that comes with the program.
    /// </summary>
    /// <param name="isModel">Whether a word alone can only be the model.</param>
    public static (string Path, string? Prompt) Resolve(string? model, string? prompt, bool isModel)
    {
        if (model is null) return (DefaultPath, null);
        if (prompt is not null || isModel || File.Exists(model) || Directory.Exists(model) || LooksLikePath(model)) return (model, prompt);
        return (DefaultPath, model);
    }

    static bool LooksLikePath(string word) =>
        !word.Any(char.IsWhiteSpace) && (word.Contains('/') || word.Contains('\\') || Path.GetExtension(word) is ".gguf" or ".safetensors" or ".json" or ".bin" or ".pt" or ".pth" or ".ckpt");

    static string FolderOf(string name) => Path.Combine(AppContext.BaseDirectory, "models", name);
}
