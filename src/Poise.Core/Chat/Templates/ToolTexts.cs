using System.Buffers;
using System.Text.Json;

namespace Poise.Core.Chat.Templates;

/// <summary>The texts of a tool's definition: its name, what it says of itself, and every name and string of its schema.</summary>
static class ToolTexts
{
    public static IEnumerable<string> Of(ToolDefinition tool)
    {
        yield return tool.Name;
        if (tool.Description is { } description) yield return description;
        if (tool.Parameters is not { } parameters) yield break;
        foreach (string text in Of(parameters, 0)) yield return text;
    }

    /// <summary>The definition with every text changed; the same one where no text is.</summary>
    public static ToolDefinition Change(ToolDefinition tool, Func<string, string> change)
    {
        if (Of(tool).All(text => change(text) == text)) return tool;
        JsonElement? parameters = null;
        if (tool.Parameters is { } given)
        {
            var buffer = new ArrayBufferWriter<byte>();
            using (var writer = new Utf8JsonWriter(buffer)) Write(writer, given, change);
            using JsonDocument document = JsonDocument.Parse(buffer.WrittenMemory, new JsonDocumentOptions { MaxDepth = TemplateLimits.ValueDepth });
            parameters = document.RootElement.Clone();
        }
        return new ToolDefinition(change(tool.Name), tool.Description is { } description ? change(description) : null, parameters);
    }

    static IEnumerable<string> Of(JsonElement value, int depth)
    {
        Run.CheckDepth(depth);
        if (value.ValueKind == JsonValueKind.String) yield return JsonValues.Text(value);
        if (value.ValueKind == JsonValueKind.Array)
            foreach (JsonElement item in value.EnumerateArray())
                foreach (string text in Of(item, depth + 1)) yield return text;
        if (value.ValueKind != JsonValueKind.Object) yield break;
        foreach (JsonProperty property in value.EnumerateObject())
        {
            yield return JsonValues.Name(property);
            foreach (string text in Of(property.Value, depth + 1)) yield return text;
        }
    }

    static void Write(Utf8JsonWriter writer, JsonElement value, Func<string, string> change)
    {
        switch (value.ValueKind)
        {
            case JsonValueKind.String:
                writer.WriteStringValue(change(JsonValues.Text(value)));
                return;
            case JsonValueKind.Array:
                writer.WriteStartArray();
                foreach (JsonElement item in value.EnumerateArray()) Write(writer, item, change);
                writer.WriteEndArray();
                return;
            case JsonValueKind.Object:
                writer.WriteStartObject();
                foreach (JsonProperty property in value.EnumerateObject())
                {
                    writer.WritePropertyName(change(JsonValues.Name(property)));
                    Write(writer, property.Value, change);
                }
                writer.WriteEndObject();
                return;
            default:
                // Numbers keep their spelling.
                writer.WriteRawValue(value.GetRawText());
                return;
        }
    }
}
