using System.Text;
using System.Text.Json;
using System.Text.Unicode;
using Poise.Tensors;

namespace Poise.Core.Training.Data;

/// <summary>Fields of a line's JSON. Complaints name the field.</summary>
static class JsonFields
{
    const int MaximumDepth = 64;

    /// <summary>Parses one object and makes sure that all of its texts can be read.</summary>
    /// <exception cref="PoiseException">It is no object, or not well-formed.</exception>
    public static JsonDocument Parse(ReadOnlyMemory<byte> line)
    {
        JsonDocument document = ParseAny(line);
        if (document.RootElement.ValueKind == JsonValueKind.Object) return document;
        document.Dispose();
        throw new PoiseException("not a JSON object");
    }

    /// <summary>As <see cref="Parse"/>, any value.</summary>
    public static JsonDocument ParseAny(ReadOnlyMemory<byte> json)
    {
        if (!Utf8.IsValid(json.Span)) throw new PoiseException("not well-formed UTF-8");
        JsonDocument document;
        try
        {
            document = JsonDocument.Parse(json, new JsonDocumentOptions { MaxDepth = MaximumDepth });
        }
        catch (JsonException error)
        {
            throw new PoiseException("not well-formed JSON: " + Explain(error), error);
        }
        if (!HasHalfCharacter(json.Span)) return document;
        document.Dispose();
        throw new PoiseException("a text has an escape such as \\ud83d that is half a character");
    }

    /// <summary>What is wrong, without the reader's own count of lines and bytes.</summary>
    public static string Explain(JsonException error)
    {
        int detail = error.Message.IndexOf(" LineNumber:", StringComparison.Ordinal);
        return (detail < 0 ? error.Message : error.Message[..detail]).TrimEnd('.');
    }

    /// <summary>The value of a field; null where it is missing or null.</summary>
    public static JsonElement? Find(JsonElement value, string name) =>
        value.TryGetProperty(name, out JsonElement found) && found.ValueKind != JsonValueKind.Null ? found : null;

    public static string Text(JsonElement value, string name) => OptionalText(value, name) ?? throw new PoiseException($"\"{name}\" is missing");

    public static string? OptionalText(JsonElement value, string name) => Find(value, name) switch
    {
        null => null,
        { ValueKind: JsonValueKind.String } text => text.GetString(),
        _ => throw new PoiseException($"\"{name}\" is not a text"),
    };

    /// <summary>The ids of a field.</summary>
    public static int[] Ids(JsonElement line, string name)
    {
        if (Find(line, name) is not { ValueKind: JsonValueKind.Array } value) throw new PoiseException($"\"{name}\" is not a list of ids");
        int[] ids = new int[value.GetArrayLength()];
        int i = 0;
        foreach (JsonElement item in value.EnumerateArray())
            ids[i++] = item.ValueKind == JsonValueKind.Number && item.TryGetInt32(out int id) ? id : throw new PoiseException($"\"{name}\" holds something else than a whole number at index {i - 1}");
        return ids;
    }

    public static bool IsText(JsonElement? value) => value is { ValueKind: JsonValueKind.String };

    /// <summary>Whether a value is a list that begins with the kind.</summary>
    public static bool IsListOf(JsonElement? value, JsonValueKind kind) =>
        value is { ValueKind: JsonValueKind.Array } list && list.GetArrayLength() > 0 && list[0].ValueKind == kind;

    // Half a character can only be spelled as an escape; the JSON reader itself complains about it when the text is read, and not by a PoiseException.
    static bool HasHalfCharacter(ReadOnlySpan<byte> json)
    {
        bool open = false;
        for (int i = 0; i < json.Length; i++)
        {
            bool escape = json[i] == '\\' && i + 1 < json.Length;
            char? unit = escape && json[i + 1] == 'u' && i + 5 < json.Length ? (char)Convert.ToUInt16(Encoding.ASCII.GetString(json.Slice(i + 2, 4)), 16) : null;
            if (open != (unit is { } low && char.IsLowSurrogate(low))) return true;
            open = unit is { } high && char.IsHighSurrogate(high);
            if (escape) i += unit is null ? 1 : 5;
        }
        return open;
    }
}
