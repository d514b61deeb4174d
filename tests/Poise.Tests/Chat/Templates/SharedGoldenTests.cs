using System.Text.Json;
using Poise.Core.Chat.Templates;
using Poise.Tests.Support;

namespace Poise.Tests.Chat.Templates;

/// <summary>The full golden sets, where they lie beside the repository.</summary>
public sealed class SharedGoldenTests
{
    const int Shown = 12;

    [Fact]
    public void AllSnippets()
    {
        (int count, List<string> wrong) = GoldenCases.Snippets(Shared.Get("golden", "jinja", "snippets.json"));
        Assert.Equal(1179, count);
        AssertNone(wrong);
    }

    [Fact]
    public void AllTemplatesWithAllConversations()
    {
        string[] files = [.. Directory.EnumerateFiles(Shared.Get("golden", "jinja", "rendered"), "*.json").Order(StringComparer.Ordinal)];
        Assert.Equal(182, files.Length);
        JsonElement conversations = GoldenCases.Read(Shared.Get("golden", "jinja", "conversations.json"));
        int count = 0;
        var wrong = new List<string>();
        foreach (string file in files)
        {
            (int here, List<string> problems) = GoldenCases.Renderings(file, Source(GoldenCases.Read(file).GetProperty("template").GetString()!), conversations);
            count += here;
            wrong.AddRange(problems);
        }
        Assert.Equal(7826, count);
        AssertNone(wrong);
    }

    [Theory]
    [InlineData("hfjs-jinja-templates.json")]
    [InlineData("llamacpp-jinja.json")]
    [InlineData("llamacpp-chat-template.json")]
    public void CasesOfOtherEnginesThatAgreeWithPython(string file)
    {
        JsonElement verdicts = GoldenCases.Read(Shared.Get("data", "chat-templates", "extracted", "agreement-with-python-jinja2.json")).GetProperty(file);
        JsonElement cases = GoldenCases.Read(Shared.Get("data", "chat-templates", "extracted", file));
        var wrong = new List<string>();
        int count = 0;
        foreach ((string name, string source, JsonElement context, JsonElement expected) in Extracted(cases))
        {
            if (!verdicts.TryGetProperty(name, out JsonElement verdict) || verdict.ValueKind != JsonValueKind.True) continue;
            count++;
            if (GoldenCases.Judge(source, name, context, new DateTimeOffset(2025, 7, 10, 12, 0, 0, TimeSpan.Zero), expected, keepMarkup: true) is { } problem) wrong.Add(problem);
        }
        Assert.Equal(verdicts.EnumerateObject().Count(p => p.Value.ValueKind == JsonValueKind.True), count);
        AssertNone(wrong);
    }

    static IEnumerable<(string Name, string Source, JsonElement Context, JsonElement Expected)> Extracted(JsonElement cases)
    {
        if (cases.ValueKind == JsonValueKind.Object)
        {
            foreach (JsonProperty item in cases.EnumerateObject())
                yield return (item.Name, item.Value.GetProperty("template").GetString()!, item.Value.GetProperty("context"), item.Value.GetProperty("expected"));
            yield break;
        }
        foreach (JsonElement item in cases.EnumerateArray())
        {
            string name = item.GetProperty("name").GetString()!;
            if (item.TryGetProperty("template", out JsonElement template))
            {
                yield return (name, template.GetString()!, item.GetProperty("vars"), item.GetProperty("expected"));
                continue;
            }
            // Four cases spell a text in a way that the extraction did not take over.
            if (item.GetProperty("template_str").ValueKind != JsonValueKind.String || item.GetProperty("expected_output").ValueKind != JsonValueKind.String) continue;
            JsonElement text = item.GetProperty("expected_output_jinja").GetString()!.Length > 0 ? item.GetProperty("expected_output_jinja") : item.GetProperty("expected_output");
            yield return (name, item.GetProperty("template_str").GetString()!, Conversation(item), text);
        }
    }

    static JsonElement Conversation(JsonElement item)
    {
        (string Role, string Content)[] messages =
        [
            ("system", "You are a helpful assistant"), ("user", "Hello"), ("assistant", "Hi there"), ("user", "Who are you"),
            ("assistant", "   I am an assistant   "), ("user", "Another question"),
        ];
        using var stream = new MemoryStream();
        using (var writer = new Utf8JsonWriter(stream))
        {
            writer.WriteStartObject();
            writer.WriteStartArray("messages");
            foreach ((string role, string content) in messages)
            {
                writer.WriteStartObject();
                writer.WriteString("role", role);
                writer.WriteString("content", content);
                writer.WriteEndObject();
            }
            writer.WriteEndArray();
            foreach (string token in (string[])["bos_token", "eos_token"]) writer.WriteString(token, item.TryGetProperty(token, out JsonElement text) && text.ValueKind == JsonValueKind.String ? text.GetString() : "");
            writer.WriteBoolean("add_generation_prompt", true);
            writer.WriteEndObject();
        }
        using JsonDocument document = JsonDocument.Parse(stream.ToArray());
        return document.RootElement.Clone();
    }

    /// <summary>The text behind a name such as <c>data:trl/x.jinja</c>, <c>golden:y.jinja</c> or <c>data:z.jsonl#3-name</c>.</summary>
    internal static string Source(string template)
    {
        string[] parts = template.Split(':', 2), place = parts[1].Split('#');
        string path = parts[0] == "data" ? Shared.Get("data", "chat-templates", place[0]) : Shared.Get("golden", "jinja", "templates", place[0]);
        if (place.Length == 1) return File.ReadAllText(path);
        if (!path.EndsWith(".jsonl", StringComparison.Ordinal)) return GoldenCases.Read(path).GetProperty(place[1]).GetString()!;
        string line = File.ReadLines(path).ElementAt(int.Parse(place[1].Split('-')[0], System.Globalization.CultureInfo.InvariantCulture));
        using JsonDocument document = JsonDocument.Parse(line);
        return document.RootElement.EnumerateObject().First().Value.GetString()!;
    }

    static void AssertNone(List<string> wrong) =>
        Assert.True(wrong.Count == 0, $"{wrong.Count} wrong:\n{string.Join('\n', wrong.Take(Shown))}");
}
