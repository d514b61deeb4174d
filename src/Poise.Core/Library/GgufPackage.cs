using Poise.Core.Models;
using Poise.Core.Tokenizers;
using Poise.Tensors;
using Poise.Tensors.Formats;

namespace Poise.Core.Library;

/// <summary>A model in one GGUF file, or in several parts opened through the first.</summary>
sealed class GgufPackage : ModelPackage
{
    /// <summary>Spellings that end a generation in whatever family they occur, as llama.cpp has them.</summary>
    static readonly HashSet<string> s_endings = new(StringComparer.Ordinal)
    {
        "<|eot_id|>", "<|im_end|>", "<|end|>", "<|return|>", "<|call|>", "<end_of_turn>", "<|endoftext|>", "</s>", "<|eom_id|>", "<EOT>", "[EOT]",
        "<|end_of_text|>", "<eos>", "<turn|>", "<|tool_response>", "<｜end▁of▁sentence｜>", "<|fim_pad|>", "<|repo_name|>", "<|file_sep|>",
    };

    readonly GgufFile _file;

    GgufPackage(GgufFile file, Architecture architecture, ModelConfig config) : base(file.Path, architecture, config, file) => _file = file;

    public static GgufPackage OpenFile(string path)
    {
        GgufFile file = GgufFile.Open(path);
        try
        {
            if (file.Metadata.FindString("general.type") is { } type and not "model")
                throw new ModelFileException(path, "general.type", $"this file is of type '{Shorten(type)}'; expected a model");
            Architecture architecture = Architectures.FromGguf(path, file.Metadata.GetString("general.architecture"));
            return new GgufPackage(file, architecture, architecture.FromGguf(file.Metadata, file));
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    public override string Layout => $"GGUF v{_file.Version}";

    public override string? Name => _file.Metadata.FindString("general.name");

    public override string? Licence => _file.Metadata.FindString("general.license");

    public override ChatTemplateSource? ChatTemplateSource => ChatTemplateSource.FromGguf(_file.Metadata);

    // llama.cpp's numbers: 0 none, 1 mean, 2 first ("CLS"), 3 last, 4 a score for ranking.
    public override EmbeddingPooling? Pooling => _file.Metadata.FindInteger($"{_file.Metadata.GetString("general.architecture")}.pooling_type") switch
    {
        1 => EmbeddingPooling.Mean,
        2 => EmbeddingPooling.First,
        3 => EmbeddingPooling.Last,
        _ => null,
    };

    private protected override string NamesLayout => ModelLayout.Gguf;

    private protected override Tokenizer LoadTokenizer() => TokenizerLoader.FromGguf(_file.Metadata);

    private protected override GenerationDefaults FindDefaults() => GenerationDefaults.FromGguf(_file.Metadata);

    private protected override IEnumerable<int> FindStopIds()
    {
        GgufMetadata metadata = _file.Metadata;
        foreach (string key in (string[])["eos_token_id", "eot_token_id", "eom_token_id"])
            if (metadata.FindInteger($"tokenizer.ggml.{key}") is { } id) yield return (int)id;
        // Ollama's converter writes this list.
        foreach (long id in metadata.FindIntegers("tokenizer.ggml.eos_token_ids") ?? [])
            if (id <= int.MaxValue) yield return (int)id;
        string[] tokens = metadata.FindStrings("tokenizer.ggml.tokens") ?? [];
        // In harmony <|end|> ends a message, not the answer: another message may follow.
        bool harmony = tokens.Contains("<|return|>", StringComparer.Ordinal) && tokens.Contains("<|call|>", StringComparer.Ordinal);
        for (int id = 0; id < tokens.Length; id++)
            if (s_endings.Contains(tokens[id]) && !(harmony && tokens[id] == "<|end|>")) yield return id;
    }

    static string Shorten(string text) => text.Length <= 40 ? text : text[..40] + "…";
}
