using System.Buffers;
using System.Text;
using System.Text.Json;
using Poise.Tensors.Formats;

namespace Poise.Core.Chat.Dialects;

/// <summary>Reads calls the way Llama 3 writes them.</summary>
static class Llama3Calls
{
    static readonly SearchValues<char> s_identifier = SearchValues.Create("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_");

    /// <summary>
    /// One or more objects <c>{"name": ..., "parameters": {...}}</c>, between them blanks, commas or semicolons; null where anything else stands.
    /// An object with further properties is data and no call.
    /// </summary>
    public static List<(string Name, string Arguments)>? Read(string text)
    {
        var calls = new List<(string, string)>();
        ReadOnlySpan<byte> rest = Encoding.UTF8.GetBytes(text).AsSpan().Trim(" \t\r\n"u8);
        try
        {
            while (!rest.IsEmpty)
            {
                if (rest[0] != '{') return null;
                int length = LengthOfObject(rest);
                using JsonDocument document = JsonDocument.Parse(rest[..length].ToArray());
                if (CallOf(document.RootElement) is not { } call) return null;
                calls.Add(call);
                rest = rest[length..].TrimStart(" \t\r\n,;"u8);
            }
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // Whatever is no JSON is no call; the text itself is kept by who asked.
            return null;
        }
        return calls.Count == 0 ? null : calls;
    }

    /// <summary>What follows the tag and is no JSON: a built-in tool (<c>brave_search.call(query="...")</c>) or code for the interpreter.</summary>
    public static (string Name, string Arguments) ReadCode(string text)
    {
        string code = text.Trim();
        int dot = code.IndexOf(".call(", StringComparison.Ordinal);
        if (dot > 0 && code.EndsWith(')') && code.AsSpan(0, dot).IndexOfAnyExcept(s_identifier) < 0 && ReadArguments(code[(dot + 6)..^1]) is { } arguments)
            return (code[..dot], arguments);
        return ("python", Json(writer => writer.WriteString("code"u8, text)));
    }

    // name="text", as JSON spells texts.
    static string? ReadArguments(string text)
    {
        int equals = text.IndexOf('=', StringComparison.Ordinal);
        if (equals <= 0) return null;
        string name = text[..equals].Trim();
        try
        {
            using JsonDocument value = JsonDocument.Parse(text[(equals + 1)..]);
            return name.AsSpan().IndexOfAnyExcept(s_identifier) >= 0 ? null : Json(writer =>
            {
                writer.WritePropertyName(name);
                value.RootElement.WriteTo(writer);
            });
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return null;
        }
    }

    static int LengthOfObject(ReadOnlySpan<byte> text)
    {
        int depth = 0;
        bool quoted = false;
        for (int i = 0; i < text.Length; i++)
        {
            if (quoted)
            {
                if (text[i] == '\\') i++;
                else if (text[i] == '"') quoted = false;
            }
            else if (text[i] == '"') quoted = true;
            else if (text[i] == '{') depth++;
            else if (text[i] == '}' && --depth == 0) return i + 1;
        }
        return text.Length;
    }

    static (string Name, string Arguments)? CallOf(JsonElement root)
    {
        string? name = null, arguments = null;
        foreach (JsonProperty property in root.EnumerateObject())
        {
            switch (property.Name)
            {
                case "name" when property.Value.ValueKind == JsonValueKind.String: name = property.Value.GetString(); break;
                case "parameters" or "arguments" when property.Value.ValueKind == JsonValueKind.Object: arguments = property.Value.GetRawText(); break;
                case "type" when property.Value.ValueKind == JsonValueKind.String && property.Value.ValueEquals("function"): break;
                default: return null;
            }
        }
        return name is { Length: > 0 } && arguments is not null ? (name, arguments) : null;
    }

    static string Json(Action<Utf8JsonWriter> write)
    {
        using var stream = new MemoryStream();
        using (var writer = new Utf8JsonWriter(stream, JsonWriting.Plain))
        {
            writer.WriteStartObject();
            write(writer);
            writer.WriteEndObject();
        }
        return Encoding.UTF8.GetString(stream.ToArray());
    }
}
