using System.Text.Json;
using Poise.Tensors;
using Poise.Tensors.Formats;

namespace Poise.Core.Tokenizers.Training;

/// <summary>Writes a trained tokenizer as a Hugging Face folder has it.</summary>
public static class TokenizerFiles
{
    /// <summary>The vocabulary.</summary>
    internal const string Main = "tokenizer.json";

    const string Settings = "tokenizer_config.json", Generation = "generation_config.json";

    static readonly string[] s_begins = ["<|startoftext|>", "<|begin_of_text|>", "<s>", "<bos>"];
    static readonly string[] s_pads = ["<pad>", "<|pad|>", "[PAD]", "<|endoftext|>"];

    /// <summary>Tells, before any work, whether <see cref="Write"/> may write here.</summary>
    /// <exception cref="PoiseException">The place is a file, or a folder that has a tokenizer.</exception>
    public static void CheckFolder(string folder)
    {
        if (string.IsNullOrWhiteSpace(folder)) throw new PoiseException("The folder for the tokenizer has no name.");
        if (File.Exists(folder)) throw new PoiseException($"{folder} is a file; the tokenizer is written to a folder.");
        foreach (string name in (string[])[Main, Settings])
            if (File.Exists(Path.Combine(folder, name))) throw new PoiseException($"{folder} has a {name}: name another folder, or remove it first.");
    }

    /// <summary>
    /// Writes tokenizer.json, tokenizer_config.json and, with harmony's tokens, a generation_config.json that names the ids that end a generation, where there is none.
    /// All or nothing of it: a new folder appears whole; in an old one the files are renamed into place one after another.
    /// </summary>
    /// <exception cref="PoiseException">The folder cannot be written, or has a tokenizer.</exception>
    public static void Write(TrainedTokenizer tokenizer, string folder)
    {
        CheckFolder(folder);
        if (!Directory.Exists(folder))
        {
            using var created = new AtomicFolder(folder);
            WriteFiles(tokenizer, created.TemporaryPath);
            created.Commit();
            return;
        }
        WriteFiles(tokenizer, folder);
    }

    static void WriteFiles(TrainedTokenizer tokenizer, string folder)
    {
        var files = new List<AtomicFile>();
        try
        {
            Add(Main, json => TokenizerJsonWriter.Write(json, tokenizer));
            Add(Settings, json => WriteSettings(json, tokenizer.Options.SpecialTokens));
            int[] stops = [.. HarmonyTokens.Stops.Select(stop => IndexOf(tokenizer.Options.SpecialTokens, stop)).Where(id => id >= 0)];
            if (stops.Length == HarmonyTokens.Stops.Count && !File.Exists(Path.Combine(folder, Generation))) Add(Generation, json => WriteGeneration(json, tokenizer.Options.SpecialTokens, stops));
            foreach (AtomicFile file in files) file.Flush();
            foreach (AtomicFile file in files) file.Commit();
        }
        finally
        {
            foreach (AtomicFile file in files) file.Dispose();
        }

        void Add(string name, Action<Utf8JsonWriter> write)
        {
            var file = new AtomicFile(Path.Combine(folder, name));
            files.Add(file);
            // The same bytes on every system. Letters of the alphabet are written as they are.
            using var json = new Utf8JsonWriter(file.Stream, JsonWriting.Indented);
            json.WriteStartObject();
            write(json);
            json.WriteEndObject();
        }
    }

    static void WriteSettings(Utf8JsonWriter json, IReadOnlyList<string> special)
    {
        json.WriteString("tokenizer_class"u8, "PreTrainedTokenizerFast");
        json.WriteBoolean("clean_up_tokenization_spaces"u8, false);
        // harmony ends its answers with <|return|>; <|endoftext|> ends texts.
        string? end = special.FirstOrDefault(t => t == HarmonyTokens.Stops[0]) ?? special.FirstOrDefault(StopTokens.Spellings.Contains);
        if (s_begins.FirstOrDefault(special.Contains) is { } begin) json.WriteString("bos_token"u8, begin);
        if (end is not null) json.WriteString("eos_token"u8, end);
        if (s_pads.FirstOrDefault(special.Contains) is { } pad) json.WriteString("pad_token"u8, pad);
        json.WriteStartObject("added_tokens_decoder"u8);
        for (int id = 0; id < special.Count; id++)
        {
            json.WriteStartObject(id.ToString(System.Globalization.CultureInfo.InvariantCulture));
            TokenizerJsonWriter.WriteToken(json, special[id]);
            json.WriteEndObject();
        }
        json.WriteEndObject();
    }

    static void WriteGeneration(Utf8JsonWriter json, IReadOnlyList<string> special, int[] stops)
    {
        if (IndexOf(special, s_begins[0]) is >= 0 and var begin) json.WriteNumber("bos_token_id"u8, begin);
        json.WriteStartArray("eos_token_id"u8);
        foreach (int id in stops) json.WriteNumberValue(id);
        json.WriteEndArray();
        json.WriteNumber("pad_token_id"u8, IndexOf(special, "<|endoftext|>"));
    }

    static int IndexOf(IReadOnlyList<string> tokens, string token)
    {
        for (int i = 0; i < tokens.Count; i++)
            if (tokens[i] == token) return i;
        return -1;
    }
}
