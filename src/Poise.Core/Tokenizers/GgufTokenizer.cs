using System.Text;
using Poise.Core.Tokenizers.Text;
using Poise.Tensors;
using Poise.Tensors.Formats;

namespace Poise.Core.Tokenizers;

/// <summary>Builds a tokenizer from the keys `tokenizer.ggml.*`.</summary>
static class GgufTokenizer
{
    const string Prefix = "tokenizer.ggml.";

    // The values of token_type.
    const long Unknown = 2, Control = 3, UserDefined = 4, Unused = 5, Byte = 6;

    public static Tokenizer Load(GgufMetadata data)
    {
        string model = data.GetString(Prefix + "model");
        string[] tokens = data.FindStrings(Prefix + "tokens") ?? throw new ModelFileException(data.File, Prefix + "tokens", "this key is missing; expected an array of strings");
        if (tokens.Length == 0) throw new ModelFileException(data.File, Prefix + "tokens", "the vocabulary is empty");
        long[] types = data.FindIntegers(Prefix + "token_type") ?? Enumerable.Repeat(1L, tokens.Length).ToArray();
        if (types.Length != tokens.Length) throw new ModelFileException(data.File, Prefix + "token_type", $"expected {tokens.Length} entries, found {types.Length}");
        return model switch
        {
            "gpt2" => ByteLevel(data, tokens, types),
            "llama" => SentencePiece(data, tokens, types),
            "gemma4" => Gemma4(data, tokens, types),
            "t5" => Unigram(data, tokens, types),
            "bert" => Bert(data, tokens, types),
            _ => throw new ModelFileException(data.File, Prefix + "model", $"\"{model}\" is not known; known are gpt2, llama, gemma4, t5, bert"),
        };
    }

    static List<AddedToken> Added(string[] tokens, long[] types, bool normalized = false)
    {
        var added = new List<AddedToken>();
        for (int id = 0; id < tokens.Length; id++)
            if (types[id] is Control or UserDefined or Unknown && tokens[id].Length > 0)
                added.Add(new AddedToken(id, tokens[id], types[id] != UserDefined, normalized));
        return added;
    }

    static Tokenizer ByteLevel(GgufMetadata data, string[] tokens, long[] types)
    {
        string[] merges = data.FindStrings(Prefix + "merges") ?? throw new ModelFileException(data.File, Prefix + "merges", "this key is missing; expected an array of strings");
        (SplitRules rules, string? warning) = FindRules(data, tokens.Length);
        var vocabulary = new ByteLevelVocabulary(data.File, tokens.Length);
        for (int id = 0; id < tokens.Length; id++) vocabulary.Add(id, tokens[id], ordinary: types[id] is not (Control or UserDefined or Unused or Unknown));
        return new TextTokenizer(Added(tokens, types))
        {
            Encoder = vocabulary.Build(merges, data.FindBool(Prefix + "ignore_merges") ?? rules.WholePieces, Prefix + "merges"),
            Normalizers = rules.Compose ? [TextNormalizer.Form(compose: true, compatible: false)] : [],
            Splits = rules.Steps(),
            Shown = vocabulary.Bytes,
            Spelling = ByteLevelVocabulary.Spelling,
            BosId = Id(data, "bos_token_id", tokens.Length),
            AddBos = data.FindBool(Prefix + "add_bos_token") ?? rules.WholePieces,
            StopIds = StopIds(data, tokens, types, null),
            Warning = warning,
        };
    }

    static (SplitRules, string?) FindRules(GgufMetadata data, int count)
    {
        string? pre = data.FindString(Prefix + "pre");
        if (pre is not null and not "default")
        {
            return SplitRules.Find(pre) is { } known
                ? (known, null)
                : throw new ModelFileException(data.File, Prefix + "pre", $"the split rule \"{pre}\" is not known");
        }
        string? guess = data.FindString("general.architecture") switch
        {
            "gptneox" => "gpt-neox",
            "gpt2" or "phi2" => "gpt-2",
            "mpt" => "mpt",
            "falcon" => "falcon",
            "starcoder" or "starcoder2" => "starcoder",
            "refact" => "refact",
            "command-r" => "command-r",
            "llama" when count is >= 128000 and <= 128512 => "llama-bpe",
            "qwen2" or "qwen2moe" or "qwen3" or "qwen3moe" => "qwen2",
            "gpt-oss" or "llama4" => "gpt-4o",
            "deepseek2" when count > 120000 => "deepseek-v3",
            "deepseek2" => "deepseek-llm",
            _ => null,
        };
        string name = guess ?? "default";
        return (SplitRules.Find(name)!, $"{data.File} does not say how text is split ({Prefix}pre); "
            + (guess is null ? "the rule \"default\" is used, which may give wrong ids" : $"the rule \"{name}\" is used because of the architecture and the size of the vocabulary"));
    }

    static Tokenizer SentencePiece(GgufMetadata data, string[] tokens, long[] types)
    {
        float[] scores = data.FindFloats(Prefix + "scores") ?? throw new ModelFileException(data.File, Prefix + "scores", "this key is missing; expected an array of floats");
        if (scores.Length != tokens.Length) throw new ModelFileException(data.File, Prefix + "scores", $"expected {tokens.Length} entries, found {scores.Length}");
        // In a GGUF file type 2 marks placeholders too (Phi-3); they are matched like control tokens.
        return new SentencePieceVocabulary(data.File, tokens, scores, types)
        {
            PrefixSpace = data.FindBool(Prefix + "add_space_prefix") ?? true,
            UnknownId = Id(data, "unknown_token_id", tokens.Length) ?? 0,
        }.Build(Added(tokens, types), unigram: false, Id(data, "bos_token_id", tokens.Length) ?? 1, data.FindBool(Prefix + "add_bos_token") ?? true, StopIds(data, tokens, types, 2));
    }

    static Tokenizer Unigram(GgufMetadata data, string[] tokens, long[] types)
    {
        float[] scores = data.FindFloats(Prefix + "scores") ?? throw new ModelFileException(data.File, Prefix + "scores", "this key is missing; expected an array of floats");
        if (scores.Length != tokens.Length) throw new ModelFileException(data.File, Prefix + "scores", $"expected {tokens.Length} entries, found {scores.Length}");
        if (data.FindIntegers(Prefix + "precompiled_charsmap") is { Length: > 0 })
            throw new ModelFileException(data.File, Prefix + "precompiled_charsmap", "compiled normalisation tables are not supported");
        return new SentencePieceVocabulary(data.File, tokens, scores, types)
        {
            PrefixSpace = data.FindBool(Prefix + "add_space_prefix") ?? true,
            UnknownId = Id(data, "unknown_token_id", tokens.Length) ?? 2,
        }.Build(Added(tokens, types), unigram: true, Id(data, "bos_token_id", tokens.Length), data.FindBool(Prefix + "add_bos_token") ?? false, StopIds(data, tokens, types, 1));
    }

    static Tokenizer Gemma4(GgufMetadata data, string[] tokens, long[] types)
    {
        string[] merges = data.FindStrings(Prefix + "merges") ?? throw new ModelFileException(data.File, Prefix + "merges", "this key is missing; expected an array of strings");
        return new CharacterVocabulary(data.File, tokens.Length)
        {
            UnknownId = Id(data, "unknown_token_id", tokens.Length) ?? -1,
            Normalizers = [TextNormalizer.ReplaceText(" ", "▁")],
            LeadingSpaces = 0,
        }.Build(tokens, id => types[id] is not (Control or UserDefined or Unknown), merges, Prefix + "merges", Added(tokens, types),
            Id(data, "bos_token_id", tokens.Length), data.FindBool(Prefix + "add_bos_token") ?? true, StopIds(data, tokens, types, null));
    }

    static Tokenizer Bert(GgufMetadata data, string[] tokens, long[] types)
    {
        // GGUF files of this kind mark beginnings with U+2581 and leave continuations bare; some keep BERT's "##".
        bool marked = tokens.Any(t => t.StartsWith('▁'));
        string[] plain = marked ? [.. tokens.Select((t, id) => t.StartsWith('▁') ? t[1..] : types[id] == Control ? t : "##" + t)] : tokens;
        return WordPieceVocabulary.Build(plain, "##", Id(data, "unknown_token_id", tokens.Length) ?? 100, 100, Added(tokens, types),
            [TextNormalizer.Bert(cleanText: true, spaceIdeographs: true, stripAccents: true, lowercase: true)], WordPieceVocabulary.BertSplits(),
            Id(data, "bos_token_id", tokens.Length) ?? Id(data, "cls_token_id", tokens.Length), false, StopIds(data, tokens, types, null));
    }

    static int? Id(GgufMetadata data, string key, int count) => (int?)data.FindInteger(Prefix + key, 0, uint.MaxValue) is { } id && id >= 0 && id < count ? id : null;

    static int[] StopIds(GgufMetadata data, string[] tokens, long[] types, int? defaultEos)
    {
        var stops = new SortedSet<int>();
        foreach (string key in (string[])["eos_token_id", "eot_token_id", "eom_token_id"])
            if (Id(data, key, tokens.Length) is { } id) stops.Add(id);
        if (stops.Count == 0 && defaultEos is { } eos && eos < tokens.Length) stops.Add(eos);
        for (int id = 0; id < tokens.Length; id++)
            if (types[id] is Control or UserDefined && StopTokens.Spellings.Contains(tokens[id])) stops.Add(id);
        if (Array.IndexOf(tokens, "<|return|>") >= 0 && Array.IndexOf(tokens, "<|call|>") >= 0) stops.Remove(Array.IndexOf(tokens, "<|end|>"));
        return [.. stops];
    }
}
