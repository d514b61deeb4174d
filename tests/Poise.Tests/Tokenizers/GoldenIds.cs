using System.Text.Json;
using Poise.Core.Tokenizers;

namespace Poise.Tests.Tokenizers;

/// <summary>Holds a tokenizer to the golden ids of one vocabulary.</summary>
static class GoldenIds
{
    /// <summary>Checks every text; returns how many ids, special and decoded vectors passed, and fails with the first that differ.</summary>
    public static (int Ids, int Special, int Decoded) Check(string folder, string vocabulary, Tokenizer tokenizer, Func<int, int>? shift = null, bool special = true)
    {
        (string Id, string Text)[] texts = [.. File.ReadAllText(Path.Combine(folder, "texts.jsonl")).Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line =>
        {
            using JsonDocument text = JsonDocument.Parse(line);
            return (text.RootElement.GetProperty("id").GetString()!, text.RootElement.GetProperty("text").GetString()!);
        })];
        using JsonDocument document = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(folder, "ids", vocabulary + ".json")));
        JsonElement root = document.RootElement;
        using JsonDocument other = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(folder, "ids", (root.TryGetProperty("ids_from", out JsonElement from) ? from.GetString() : vocabulary) + ".json")));
        JsonElement expected = other.RootElement.GetProperty("ids");
        Assert.Equal(texts.Length, expected.GetArrayLength());
        var wrong = new List<string>();
        int specials = 0, decoded = 0, compared = 0;
        for (int i = 0; i < texts.Length; i++)
        {
            (string id, string text) = texts[i];
            compared++;
            int[] want = Ids(expected[i]), got = tokenizer.Encode(text);
            int[]? also = Find(root, "also_accepted", id) is { } accepted ? Ids(accepted) : null;
            if (!got.SequenceEqual(want) && (also is null || !got.SequenceEqual(also)))
                wrong.Add($"{id}: {Show(text)}\n  want {Show(want)}\n  got  {Show(got)}");
            int[] wantSpecial = Find(root, "ids_special", id) is { } s ? Ids(s) : want;
            if (special && tokenizer.Encode(text, allowSpecial: true) is var gotSpecial && !gotSpecial.SequenceEqual(wantSpecial) && (also is null || !gotSpecial.SequenceEqual(also)))
                wrong.Add($"{id} special: {Show(text)}\n  want {Show(wantSpecial)}\n  got  {Show(gotSpecial)}");
            if (Find(root, "ids_special", id) is not null) specials++;
            string wantText = Find(root, "decoded", id) is { } d ? d.GetString()! : text;
            if (root.TryGetProperty("decoded", out JsonElement all) && vocabulary != "bert-bge")
            {
                decoded++;
                if (tokenizer.Decode(want) != wantText) wrong.Add($"{id} decoded: want {Show(wantText)} got {Show(tokenizer.Decode(want))}");
            }
        }
        Assert.True(wrong.Count == 0, $"{vocabulary}: {wrong.Count} differ\n" + string.Join('\n', wrong.Take(12)));
        return (compared, specials, decoded);

        int[] Ids(JsonElement list) => [.. list.EnumerateArray().Select(x => shift is null ? x.GetInt32() : shift(x.GetInt32()))];
    }

    static JsonElement? Find(JsonElement root, string field, string id) =>
        root.TryGetProperty(field, out JsonElement map) && map.ValueKind == JsonValueKind.Object && map.TryGetProperty(id, out JsonElement value) ? value : null;

    static string Show(int[] ids) => string.Join(' ', ids.Take(40));

    static string Show(string text) => JsonSerializer.Serialize(text.Length > 120 ? text[..120] : text);
}
