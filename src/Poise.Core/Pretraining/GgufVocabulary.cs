using System.Text.Json;
using Poise.Core.Tokenizers.Training;
using Poise.Tensors;
using Poise.Tensors.Formats;

namespace Poise.Core.Pretraining;

/// <summary>The keys `tokenizer.ggml.*` of a byte-level vocabulary that lies in a tokenizer.json.</summary>
static class GgufVocabulary
{
    const int Normal = 1, Control = 3;

    /// <param name="split">The name of the split rule in GGUF files.</param>
    public static void AddTo(GgufWriter writer, string folder, string split)
    {
        string path = Path.Combine(folder, TokenizerFiles.Main);
        using JsonDocument document = JsonDocument.Parse(File.ReadAllBytes(path));
        JsonElement model = document.RootElement.GetProperty("model");
        List<(string Token, int Id, int Type)> all =
        [
            .. model.GetProperty("vocab").EnumerateObject().Select(token => (token.Name, token.Value.GetInt32(), Normal)),
            .. document.RootElement.GetProperty("added_tokens").EnumerateArray().Select(token => (token.GetProperty("content").GetString()!, token.GetProperty("id").GetInt32(), Control)),
        ];
        // The file of a trained tokenizer has special tokens in both places; the later says what they are.
        Dictionary<int, (string Token, int Type)> byId = [];
        foreach ((string token, int id, int type) in all) byId[id] = (token, type);
        if (byId.Count == 0 || byId.Keys.Max() != byId.Count - 1) throw new PoiseException($"{path}: ids are missing; expected 0 to {byId.Count - 1}.");
        string[] tokens = [.. Enumerable.Range(0, byId.Count).Select(id => byId[id].Token)];
        writer.Add("tokenizer.ggml.model", "gpt2");
        writer.Add("tokenizer.ggml.pre", split);
        writer.Add("tokenizer.ggml.tokens", tokens);
        writer.Add("tokenizer.ggml.token_type", byId.OrderBy(entry => entry.Key).Select(entry => entry.Value.Type).ToArray());
        writer.Add("tokenizer.ggml.merges", model.GetProperty("merges").EnumerateArray().Select(merge => $"{merge[0].GetString()} {merge[1].GetString()}").ToArray());
        AddId("bos_token_id", "<|startoftext|>");
        AddId("eos_token_id", HarmonyTokens.Stops[0]);
        AddId("padding_token_id", "<|endoftext|>");
        writer.Add("tokenizer.ggml.add_bos_token", false);

        void AddId(string key, string token)
        {
            if (Array.IndexOf(tokens, token) is >= 0 and var id) writer.Add($"tokenizer.ggml.{key}", (uint)id);
        }
    }
}
