using System.Text.Json;

namespace Poise.Core.Tokenizers.Training;

/// <summary>The content of a tokenizer.json, in the form that the library `tokenizers` saves.</summary>
static class TokenizerJsonWriter
{
    public static void Write(Utf8JsonWriter json, TrainedTokenizer tokenizer)
    {
        SplitRules rules = tokenizer.Options.Check();
        json.WriteString("version"u8, "1.0");
        json.WriteNull("truncation"u8);
        json.WriteNull("padding"u8);
        json.WriteStartArray("added_tokens"u8);
        for (int id = 0; id < tokenizer.Options.SpecialTokens.Count; id++)
        {
            json.WriteStartObject();
            json.WriteNumber("id"u8, id);
            WriteToken(json, tokenizer.Options.SpecialTokens[id]);
            json.WriteEndObject();
        }
        json.WriteEndArray();
        WriteSteps(json, rules);
        json.WriteNull("post_processor"u8);
        json.WriteStartObject("decoder"u8);
        WriteByteLevel(json);
        json.WriteEndObject();
        WriteModel(json, tokenizer, rules);
    }

    /// <summary>A special token's properties.</summary>
    public static void WriteToken(Utf8JsonWriter json, string content)
    {
        json.WriteString("content"u8, content);
        json.WriteBoolean("single_word"u8, false);
        json.WriteBoolean("lstrip"u8, false);
        json.WriteBoolean("rstrip"u8, false);
        json.WriteBoolean("normalized"u8, false);
        json.WriteBoolean("special"u8, true);
    }

    static void WriteSteps(Utf8JsonWriter json, SplitRules rules)
    {
        if (rules.Compose)
        {
            json.WriteStartObject("normalizer"u8);
            json.WriteString("type"u8, "NFC");
            json.WriteEndObject();
        }
        else
        {
            json.WriteNull("normalizer"u8);
        }
        json.WriteStartObject("pre_tokenizer"u8);
        json.WriteString("type"u8, "Sequence");
        json.WriteStartArray("pretokenizers"u8);
        foreach (string pattern in rules.Patterns)
        {
            json.WriteStartObject();
            json.WriteString("type"u8, "Split");
            json.WriteStartObject("pattern"u8);
            json.WriteString("Regex"u8, pattern);
            json.WriteEndObject();
            json.WriteString("behavior"u8, "Isolated");
            json.WriteBoolean("invert"u8, false);
            json.WriteEndObject();
        }
        json.WriteStartObject();
        WriteByteLevel(json);
        json.WriteEndObject();
        json.WriteEndArray();
        json.WriteEndObject();
    }

    // The patterns have cut the text already; this step only spells bytes as letters.
    static void WriteByteLevel(Utf8JsonWriter json)
    {
        json.WriteString("type"u8, "ByteLevel");
        json.WriteBoolean("add_prefix_space"u8, false);
        json.WriteBoolean("trim_offsets"u8, true);
        json.WriteBoolean("use_regex"u8, false);
    }

    static void WriteModel(Utf8JsonWriter json, TrainedTokenizer tokenizer, SplitRules rules)
    {
        json.WriteStartObject("model"u8);
        json.WriteString("type"u8, "BPE");
        json.WriteNull("dropout"u8);
        json.WriteNull("unk_token"u8);
        json.WriteNull("continuing_subword_prefix"u8);
        json.WriteNull("end_of_word_suffix"u8);
        json.WriteBoolean("fuse_unk"u8, false);
        json.WriteBoolean("byte_fallback"u8, false);
        json.WriteBoolean("ignore_merges"u8, rules.WholePieces);
        json.WriteStartObject("vocab"u8);
        for (int id = 0; id < tokenizer.Tokens.Count; id++) json.WriteNumber(tokenizer.Tokens[id], id);
        json.WriteEndObject();
        json.WriteStartArray("merges"u8);
        foreach (TrainedMerge merge in tokenizer.Merges)
        {
            json.WriteStartArray();
            json.WriteStringValue(tokenizer.Tokens[merge.Left]);
            json.WriteStringValue(tokenizer.Tokens[merge.Right]);
            json.WriteEndArray();
        }
        json.WriteEndArray();
        json.WriteEndObject();
    }
}
