using Poise.Core.Tokenizers;
using Poise.Tensors;
using Poise.Tensors.Formats;

namespace Poise.Cli.Input;

/// <summary>
/// A tokenizer from a model, a folder or a file. Nothing but the tokenizer is asked for: a model of an architecture that Poise
/// does not run, or a GGUF file with a vocabulary and no weights, serves as well.
/// </summary>
static class TokenizerSource
{
    public static Tokenizer Open(string path)
    {
        if (!Path.Exists(path)) throw new PoiseException($"{path} does not exist: give a model, or a tokenizer file such as tokenizer.json");
        if (GgufPath(path) is not { } gguf) return TokenizerLoader.Open(path);
        using Checkpoint checkpoint = CheckpointFile.Open(gguf);
        return TokenizerLoader.FromGguf(((GgufFile)checkpoint).Metadata);
    }

    static string? GgufPath(string path)
    {
        if (Directory.Exists(path))
            return Directory.EnumerateFiles(path, "*.safetensors").Any() || !Directory.EnumerateFiles(path, "*.gguf").Any() ? null : path;
        if (path.EndsWith(".gguf", StringComparison.OrdinalIgnoreCase)) return path;
        using FileStream file = File.OpenRead(path);
        Span<byte> magic = stackalloc byte[4];
        return file.ReadAtLeast(magic, 4, throwOnEndOfStream: false) == 4 && magic.SequenceEqual("GGUF"u8) ? path : null;
    }
}
