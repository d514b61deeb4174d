using System.Collections.Concurrent;
using System.Globalization;
using System.Text.Json;
using Poise.Core.Chat.Templates;
using Poise.Tests.Support;

namespace Poise.Tests.Chat.Templates;

/// <summary>Golden cases of transformers with jinja2, and how they are judged.</summary>
static class GoldenCases
{
    static readonly ConcurrentDictionary<string, JsonElement> s_files = [];

    public static JsonElement Read(string path) => s_files.GetOrAdd(path, static p =>
    {
        using JsonDocument document = JsonDocument.Parse(File.ReadAllBytes(p), new JsonDocumentOptions { MaxDepth = 256 });
        return document.RootElement.Clone();
    });

    /// <summary>Local time without a zone.</summary>
    public static DateTimeOffset Clock(JsonElement root) =>
        new(DateTime.Parse(root.GetProperty("now").GetString()!, CultureInfo.InvariantCulture), TimeSpan.Zero);

    /// <summary>Null where the outcome is right, else what is wrong.</summary>
    public static string? Judge(string source, string name, JsonElement context, DateTimeOffset now, JsonElement golden, bool keepMarkup)
    {
        string text;
        try
        {
            text = ChatTemplate.Parse(source, name, keepMarkup).Render(TemplateContext.From(context), now);
        }
        catch (TemplateException e)
        {
            return JudgeError(e, golden);
        }
        if (golden.ValueKind == JsonValueKind.String) return text == golden.GetString() ? null : $"{name}: expected {Show(golden.GetString()!)}\n  found {Show(text)}";
        // A list is a better answer than none.
        string error = golden.GetProperty("error").GetString()!;
        return error.Contains("Object of type generator is not JSON serializable", StringComparison.Ordinal) && text.Length > 0 ? null : $"{name}: expected the error {error}\n  found {Show(text)}";
    }

    /// <summary>All snippets of a file that come out wrong, and how many there are.</summary>
    public static (int Count, List<string> Wrong) Snippets(string path)
    {
        JsonElement root = Read(path);
        var wrong = new List<string>();
        int count = 0;
        foreach (JsonElement snippet in root.GetProperty("snippets").EnumerateArray())
        {
            count++;
            JsonElement context = snippet.TryGetProperty("context", out JsonElement own) ? own : root.GetProperty("common");
            JsonElement golden = snippet.TryGetProperty("expected", out JsonElement expected) ? expected : snippet;
            // Marking what is safe is the standard's way, and the snippets hold to the standard.
            if (Judge(snippet.GetProperty("template").GetString()!, snippet.GetProperty("id").GetString()!, context, Clock(root), golden, keepMarkup: true) is { } problem) wrong.Add(problem);
        }
        return (count, wrong);
    }

    /// <summary>All renderings of one template that come out wrong, and how many there are.</summary>
    public static (int Count, List<string> Wrong) Renderings(string path, string source, JsonElement conversations)
    {
        JsonElement file = Read(path);
        string name = Path.GetFileNameWithoutExtension(path);
        DateTimeOffset now = Clock(conversations);
        var wrong = new List<string>();
        int count = 0;
        foreach (JsonProperty output in file.GetProperty("outputs").EnumerateObject())
        {
            count++;
            JsonElement context = conversations.GetProperty("conversations").GetProperty(output.Name);
            if (Judge(source, $"{name} {output.Name}", context, now, output.Value, keepMarkup: true) is { } problem) wrong.Add(problem);
            JsonElement plain = file.TryGetProperty("outputs_without_markup", out JsonElement others) && others.TryGetProperty(output.Name, out JsonElement other) ? other : output.Value;
            if (Judge(source, $"{name} {output.Name} (plain)", context, now, plain, keepMarkup: false) is { } another) wrong.Add(another);
        }
        if (!file.TryGetProperty("generation", out JsonElement generations)) return (count, wrong);
        foreach (JsonProperty generation in generations.EnumerateObject())
        {
            TemplateContext context = TemplateContext.From(conversations.GetProperty("conversations").GetProperty(generation.Name));
            string found = string.Join(' ', ChatTemplate.Parse(source, name).RenderWithSpans(context, now).Generations.Select(span => $"{span.Start}-{span.End}"));
            string expected = string.Join(' ', generation.Value.EnumerateArray().Select(span => $"{span[0].GetInt32()}-{span[1].GetInt32()}"));
            if (found != expected) wrong.Add($"{name} {generation.Name}: expected the spans {expected}\n  found {found}");
        }
        return (count, wrong);
    }

    static string? JudgeError(TemplateException e, JsonElement golden)
    {
        if (golden.ValueKind == JsonValueKind.String) return $"{e.Template}: expected {Show(golden.GetString()!)}\n  found the error {e.Message}";
        if (e.Message.Length == 0 || e.Line < 1) return $"{e.Template}: the error says nothing";
        string error = golden.GetProperty("error").GetString()!;
        bool raised = golden.GetProperty("class").GetString() == "TemplateError";
        if (raised != e.IsRaisedByTemplate || (raised && e.Message != error)) return $"{e.Template}: expected the error {error}\n  found {e.Message}";
        if (golden.GetProperty("class").GetString() is "TemplateSyntaxError" or "TemplateAssertionError" && golden.TryGetProperty("line", out JsonElement line) && line.GetInt32() != e.Line)
            return $"{e.Template}: expected the error at line {line.GetInt32()}\n  found {e.Message}";
        return null;
    }

    static string Show(string text) => JsonSerializer.Serialize(text.Length > 600 ? text[..600] + "…" : text, s_show);

    static readonly JsonSerializerOptions s_show = new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
}
