using Poise.Core.Models;
using Poise.Tensors;

namespace Poise.Core.Library;

/// <summary>Tells by what lies at a path which kind of package it is.</summary>
static class PackageFinder
{
    const string WhatToGive = "give a .gguf file, or a folder with config.json and .safetensors files";

    public static ModelPackage Open(string path)
    {
        if (string.IsNullOrWhiteSpace(path)) throw new PoiseException($"No model was named: {WhatToGive}.");
        try
        {
            if (Directory.Exists(path)) return OpenFolder(path);
            if (File.Exists(path)) return OpenFile(path);
        }
        catch (UnauthorizedAccessException e)
        {
            throw new PoiseException($"{path} may not be read by this user.", e);
        }
        catch (IOException e)
        {
            throw new PoiseException($"{path} cannot be read: {e.Message}", e);
        }
        throw new PoiseException($"{path} does not exist: {WhatToGive}.");
    }

    static ModelPackage OpenFile(string path)
    {
        string name = Path.GetFileName(path);
        if (StartsAsGguf(path) || name.EndsWith(".gguf", StringComparison.OrdinalIgnoreCase)) return GgufPackage.OpenFile(path);
        if (name == "config.json" || name.EndsWith(".safetensors", StringComparison.OrdinalIgnoreCase) || name.EndsWith(".safetensors.index.json", StringComparison.OrdinalIgnoreCase))
            throw new PoiseException($"{path} is one file of a model: give its folder, {Path.GetDirectoryName(Path.GetFullPath(path))}.");
        if (Path.GetExtension(name) is ".bin" or ".pt" or ".pth" or ".ckpt")
            throw new PoiseException($"{path} looks like a PyTorch pickle, which can run code and is not read: convert it to safetensors.");
        throw new PoiseException($"{path} is not a model: {WhatToGive}.");
    }

    static ModelPackage OpenFolder(string path)
    {
        string file = Path.Combine(path, "config.json");
        bool weights = HasFiles(path, "*.safetensors");
        // A GGUF file needs no config.json; folders of quantised files often carry the publisher's all the same.
        if (!weights && HasFiles(path, "*.gguf")) return GgufPackage.OpenFile(FindGguf(path));
        if (!File.Exists(file))
        {
            // The publisher's repository keeps this layout in a folder of its own, with the tokenizer beside it.
            string original = Path.Combine(path, "original");
            if (File.Exists(Path.Combine(original, "config.json"))) return OpenFolder(original);
            throw new PoiseException(weights ? $"{path} has weights but no config.json: copy it from where the weights come from." : $"{path} holds no model: {WhatToGive}.");
        }
        JsonConfig config = JsonConfig.Read(file);
        if (!weights)
            throw new PoiseException(HasFiles(path, "*.bin") || HasFiles(path, "*.pth")
                ? $"{path} has its weights as PyTorch pickles, which can run code and are not read: convert them to safetensors."
                : $"{path} has config.json but no .safetensors files: fetch the weights too.");
        if (config.Has("architectures") || config.Has("model_type")) return HuggingFacePackage.OpenFolder(path, config);
        if (config.Has("num_experts") && config.Has("rope_ntk_alpha")) return OriginalPackage.OpenFolder(path, config);
        throw new ModelFileException(file, "architectures", $"this key is missing, so the kind of model is unknown; Poise runs {Architectures.Supported}");
    }

    /// <summary>The GGUF file of a folder without safetensors, or null.</summary>
    public static string? FindGgufIfAlone(string folder) => !HasFiles(folder, "*.safetensors") && HasFiles(folder, "*.gguf") ? FindGguf(folder) : null;

    static string FindGguf(string folder)
    {
        string[] all = [.. Directory.EnumerateFiles(folder, "*.gguf").Order(StringComparer.Ordinal)];
        // A model may come with an image projector in a file of its own (mmproj-…).
        string[] models = [.. all.Where(p => !IsLaterPart(p) && !Path.GetFileName(p).StartsWith("mmproj", StringComparison.OrdinalIgnoreCase))];
        return models.Length switch
        {
            1 => models[0],
            0 => all[0],
            _ => throw new PoiseException($"{folder} holds {models.Length} models: name one of them, for example {models[0]}."),
        };
    }

    // NAME-00002-of-00005.gguf
    static bool IsLaterPart(string path)
    {
        string name = Path.GetFileNameWithoutExtension(path);
        int of = name.LastIndexOf("-of-", StringComparison.Ordinal);
        return of >= 6 && name[of - 6] == '-' && int.TryParse(name.AsSpan(of - 5, 5), out int number) && number > 1;
    }

    static bool HasFiles(string folder, string pattern) => Directory.EnumerateFiles(folder, pattern).Any();

    static bool StartsAsGguf(string path)
    {
        using FileStream stream = File.OpenRead(path);
        Span<byte> magic = stackalloc byte[4];
        return stream.ReadAtLeast(magic, 4, throwOnEndOfStream: false) == 4 && magic.SequenceEqual("GGUF"u8);
    }
}
