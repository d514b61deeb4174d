namespace Poise.Tensors.Formats;

/// <summary>Opens model files of any supported kind.</summary>
public static class CheckpointFile
{
    /// <summary>A GGUF file, a safetensors file, an index of safetensors files, or a folder that holds one of them.</summary>
    public static Checkpoint Open(string path)
    {
        if (Directory.Exists(path)) return OpenFolder(path);
        MappedFile file = MappedFile.Open(path);
        if (StartsAsGguf(file) || path.EndsWith(".gguf", StringComparison.OrdinalIgnoreCase)) return GgufFile.Open(file, MappedFile.Open);
        if (StartsAsSafetensors(file) || path.EndsWith(".safetensors", StringComparison.OrdinalIgnoreCase)) return SafetensorsFile.Open(file);
        if (path.EndsWith(".safetensors.index.json", StringComparison.OrdinalIgnoreCase))
            return OpenIndex(path, file);
        file.Dispose();
        throw new PoiseException($"{path} is neither a GGUF nor a safetensors file.{PickleHint(path)}");
    }

    static SafetensorsFolder OpenIndex(string path, MappedFile file)
    {
        string? folder = Path.GetDirectoryName(path);
        return SafetensorsFolder.OpenIndex(string.IsNullOrEmpty(folder) ? "." : folder, file);
    }

    static Checkpoint OpenFolder(string folder)
    {
        if (SafetensorsFolder.IsPresent(folder)) return SafetensorsFolder.Open(folder);
        string[] first = [.. SafetensorsFolder.ListFiles(folder, "*.gguf").Where(name => !GgufFile.IsLaterPart(name)).Select(name => Path.Combine(folder, name))];
        return first.Length switch
        {
            1 => GgufFile.Open(first[0]),
            0 => throw new PoiseException($"{folder} holds neither safetensors nor GGUF files."),
            _ => throw new PoiseException($"{folder} holds {first.Length} GGUF models; name one of them, for example {first[0]}"),
        };
    }

    static bool StartsAsGguf(MappedFile file) => file.Length >= 4 && file.Span(0, 4).SequenceEqual("GGUF"u8);

    // The header length, below 2^32, then the JSON object.
    static bool StartsAsSafetensors(MappedFile file) =>
        file.Length >= 9 && file.Span(4, 4).IndexOfAnyExcept((byte)0) < 0 && file.Span(8, 1)[0] == (byte)'{';

    static string PickleHint(string path) =>
        Path.GetExtension(path) is ".bin" or ".pt" or ".pth" or ".ckpt" ? " PyTorch pickles are not read, they can run code; convert it to safetensors." : "";
}
