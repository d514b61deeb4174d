using Poise.Tensors;
using Poise.Tensors.Formats;

namespace Poise.Core.Tokenizers;

/// <summary>Opens a tokenizer of any known format.</summary>
public static class TokenizerLoader
{
    /// <summary>
    /// A file (tokenizer.json, SentencePiece .model, .tiktoken, tokenizer.bin of llama2.c, vocab.json with merges.txt beside it) or a model's folder.
    /// </summary>
    /// <param name="encoding">For tiktoken files: the name of the encoding where its ranks serve several (o200k_base; o200k_harmony is assumed).</param>
    /// <exception cref="ModelFileException">The file is not what it claims to be, or needs something that is not supported.</exception>
    public static Tokenizer Open(string path, string? encoding = null)
    {
        string file = Directory.Exists(path) ? FindFile(path) : path;
        if (!File.Exists(file)) throw new PoiseException($"{file}: there is no such file or folder.");
        try
        {
            return OpenFile(file, encoding);
        }
        catch (Exception e) when (e is FormatException or OverflowException or InvalidOperationException or System.Text.Json.JsonException)
        {
            throw new ModelFileException(file, "content", e.Message, e);
        }
    }

    /// <summary>The tokenizer that a GGUF file carries.</summary>
    public static Tokenizer FromGguf(GgufMetadata metadata) => GgufTokenizer.Load(metadata);

    static string FindFile(string folder)
    {
        string[] candidates = ["tokenizer.json", "tokenizer.model", "vocab.json", "encoder.json", "tokenizer.bin", "tok512.bin"];
        return candidates.Select(name => Path.Combine(folder, name)).FirstOrDefault(File.Exists)
            ?? Directory.EnumerateFiles(folder, "*.tiktoken").Concat(Directory.EnumerateFiles(folder, "*.model")).Order(StringComparer.Ordinal).FirstOrDefault()
            ?? throw new PoiseException($"{folder}: there is no tokenizer in this folder (looked for {string.Join(", ", candidates)}, *.tiktoken, *.model).");
    }

    static Tokenizer OpenFile(string file, string? encoding)
    {
        byte[] content = File.ReadAllBytes(file);
        if (content.Length >= 4 && content.AsSpan().StartsWith("GGUF"u8)) throw new PoiseException($"{file}: is a GGUF file; open it as a model.");
        string? folder = Path.GetDirectoryName(Path.GetFullPath(file));
        string extension = Path.GetExtension(file);
        if (extension == ".json")
        {
            string name = Path.GetFileName(file);
            string? merges = name is "tokenizer.json" ? null
                : ((string[])["merges.txt", "vocab.bpe", name.Replace("encoder.json", "vocab.bpe", StringComparison.Ordinal)])
                    .Select(m => Path.Combine(folder!, m)).FirstOrDefault(File.Exists);
            return merges is null ? TokenizerJson.Load(file, content, TokenizerSettings.Read(folder)) : VocabularyAndMerges.Load(file, content, merges, TokenizerSettings.Read(folder));
        }
        if (extension == ".bin") return Llama2cFile.Load(file, content);
        // Llama 3 ships its rank file under the name tokenizer.model: base64 text, which no protobuf begins with (0x0A is its first byte).
        if (extension == ".tiktoken" || (content.Length > 0 && content[0] != 0x0A)) return TiktokenFile.Load(file, content, encoding);
        return SentencePieceModel.Load(file, content, TokenizerSettings.Read(folder));
    }
}
