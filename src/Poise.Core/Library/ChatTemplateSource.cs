using Poise.Core.Models;
using Poise.Tensors;
using Poise.Tensors.Formats;

namespace Poise.Core.Library;

/// <summary>A model's chat template in Jinja, and the two special tokens that templates print by name.</summary>
public sealed record ChatTemplateSource(string Text, string? BosToken, string? EosToken)
{
    const string Tokens = "tokenizer.ggml.tokens";

    /// <summary>The template of a model's folder or GGUF file, whether or not Poise runs the model; null where it brings none.</summary>
    public static ChatTemplateSource? Find(string path)
    {
        if (Directory.Exists(path)) return PackageFinder.FindGgufIfAlone(path) is { } gguf ? FromFile(gguf) : FromFolder(new FolderFiles(path));
        if (!File.Exists(path)) throw new PoiseException($"{path} does not exist: give a model, or a template in a .jinja file.");
        return FromFile(path);
    }

    internal static ChatTemplateSource? FromFolder(FolderFiles files) =>
        files.FindChatTemplate() is { } text ? new ChatTemplateSource(text, files.FindToken("bos_token"), files.FindToken("eos_token")) : null;

    internal static ChatTemplateSource? FromGguf(GgufMetadata metadata)
    {
        if (metadata.FindString("tokenizer.chat_template") is not { } text) return null;
        // Files of SentencePiece models may leave these ids out.
        bool sentencePiece = metadata.FindString("tokenizer.ggml.model") == "llama";
        return new ChatTemplateSource(text, Token(metadata, "bos_token_id", sentencePiece ? 1 : null), Token(metadata, "eos_token_id", sentencePiece ? 2 : null));
    }

    static ChatTemplateSource? FromFile(string path)
    {
        using GgufFile file = GgufFile.Open(path);
        return FromGguf(file.Metadata);
    }

    static string? Token(GgufMetadata metadata, string key, long? standard)
    {
        long? id = metadata.FindInteger("tokenizer.ggml." + key, 0, uint.MaxValue) ?? standard;
        return id is { } at && metadata.FindStrings(Tokens) is { } tokens && at < tokens.Length ? tokens[at] : null;
    }
}
