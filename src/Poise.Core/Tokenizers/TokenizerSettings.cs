using System.Text.Json;
using Poise.Tensors;

namespace Poise.Core.Tokenizers;

/// <summary>What the small files beside a tokenizer say: the begin token, whether it is added, the ids that end a generation (the union of all that the files name).</summary>
sealed class TokenizerSettings
{
    readonly SortedSet<int> _stopIds = [];
    readonly HashSet<string> _stopTokens = new(StringComparer.Ordinal);
    string? _bosToken;
    int? _bosId;

    public bool? AddBos { get; private set; }

    public static TokenizerSettings Read(string? folder)
    {
        var settings = new TokenizerSettings();
        if (folder is null) return settings;
        foreach (string name in (string[])["special_tokens_map.json", "tokenizer_config.json", "generation_config.json", "config.json"])
        {
            string file = Path.Combine(folder, name);
            if (!File.Exists(file)) continue;
            try
            {
                using JsonDocument document = JsonDocument.Parse(File.ReadAllBytes(file));
                settings.Take(file, document.RootElement);
            }
            catch (JsonException e)
            {
                throw new ModelFileException(file, "JSON", e.Message, e);
            }
        }
        return settings;
    }

    public int? Bos(IReadOnlyCollection<AddedToken> added) => _bosToken is not null && Find(added, _bosToken) is { } id ? id : _bosId;

    public int[] Stops(IReadOnlyCollection<AddedToken> added, int? own, int count)
    {
        var stops = new SortedSet<int>(_stopIds.Where(id => id < count));
        foreach (string token in _stopTokens)
            if (Find(added, token) is { } id) stops.Add(id);
        if (own is { } eos && stops.Count == 0) stops.Add(eos);
        return [.. stops];
    }

    static int? Find(IReadOnlyCollection<AddedToken> added, string content)
    {
        foreach (AddedToken token in added)
            if (token.Content == content) return token.Id;
        return null;
    }

    void Take(string file, JsonElement root)
    {
        if (root.ValueKind != JsonValueKind.Object) throw new ModelFileException(file, "JSON", "expected an object");
        _bosToken = Token(root, "bos_token") ?? _bosToken;
        if (Token(root, "eos_token") is { } eos) _stopTokens.Add(eos);
        if (root.TryGetProperty("add_bos_token", out JsonElement add) && add.ValueKind is JsonValueKind.True or JsonValueKind.False) AddBos = add.GetBoolean();
        foreach (int id in Ids(file, root, "bos_token_id")) _bosId ??= id;
        foreach (int id in Ids(file, root, "eos_token_id")) _stopIds.Add(id);
        // Models that also see keep the language model's settings one level down.
        if (root.TryGetProperty("text_config", out JsonElement text) && text.ValueKind == JsonValueKind.Object)
            foreach (int id in Ids(file, text, "eos_token_id")) _stopIds.Add(id);
    }

    static string? Token(JsonElement root, string name)
    {
        if (!root.TryGetProperty(name, out JsonElement value)) return null;
        if (value.ValueKind == JsonValueKind.Object && value.TryGetProperty("content", out JsonElement content)) value = content;
        return value.ValueKind == JsonValueKind.String ? value.GetString() : null;
    }

    static IEnumerable<int> Ids(string file, JsonElement root, string name)
    {
        if (!root.TryGetProperty(name, out JsonElement value) || value.ValueKind == JsonValueKind.Null) yield break;
        JsonElement[] elements = value.ValueKind == JsonValueKind.Array ? [.. value.EnumerateArray()] : [value];
        foreach (JsonElement element in elements)
        {
            if (element.ValueKind != JsonValueKind.Number || !element.TryGetInt32(out int id)) throw new ModelFileException(file, name, "expected an id or a list of ids");
            // -1 stands for "none" in some files.
            if (id >= 0) yield return id;
        }
    }
}
