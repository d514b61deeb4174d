using System.Text;
using System.Text.Json;

namespace Poise.Cli.Input;

/// <summary>
/// One line of input: <c>id</c>, and <c>text</c> or <c>ids</c>; for a stream of a chat also <c>role</c>. Other properties are ignored.
/// <see cref="RawId"/> is the id as it was spelled, to be echoed; <see cref="Id"/> is what it says.
/// </summary>
readonly record struct JsonRecord(string RawId, string Id, string? Text, int[]? Ids)
{
    /// <summary>Who the prompt says is speaking; null also where the line says that nobody is.</summary>
    public string? Role { get; init; }

    public bool HasRole { get; init; }

    /// <summary>Throws <see cref="JsonException"/> with what is wrong.</summary>
    public static JsonRecord Parse(ReadOnlySpan<byte> line)
    {
        string? rawId = null, id = null, text = null;
        string? role = null;
        bool hasRole = false;
        int[]? ids = null;
        var reader = new Utf8JsonReader(line);
        if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject) throw new JsonException("expected {\"id\": ...}");
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            // Names are compared before the reader moves on; an unknown name may hold anything.
            bool isId = reader.ValueTextEquals("id"u8), isText = reader.ValueTextEquals("text"u8), isIds = reader.ValueTextEquals("ids"u8), isRole = reader.ValueTextEquals("role"u8);
            reader.Read();
            if (isId) (rawId, id) = ReadId(ref reader);
            else if (isText) text = reader.TokenType == JsonTokenType.String ? ReadString(ref reader) : throw new JsonException("\"text\" is not a string");
            else if (isIds) ids = ReadIds(ref reader);
            else if (isRole && reader.TokenType is JsonTokenType.String or JsonTokenType.Null)
                (role, hasRole) = (reader.TokenType == JsonTokenType.String ? ReadString(ref reader) : null, true);
            else reader.Skip();
        }
        if (reader.Read()) throw new JsonException("something follows the object");
        if (rawId is null || id is null) throw new JsonException("\"id\" is missing");
        return new JsonRecord(rawId, id, text, ids) { Role = role, HasRole = hasRole };
    }

    static (string Raw, string Id) ReadId(ref Utf8JsonReader reader)
    {
        string raw = Encoding.UTF8.GetString(reader.ValueSpan);
        return reader.TokenType switch
        {
            JsonTokenType.String => ($"\"{raw}\"", ReadString(ref reader)),
            JsonTokenType.Number => (raw, raw),
            _ => throw new JsonException("\"id\" is neither a string nor a number"),
        };
    }

    static int[] ReadIds(ref Utf8JsonReader reader)
    {
        if (reader.TokenType != JsonTokenType.StartArray) throw new JsonException("\"ids\" is not an array");
        var ids = new List<int>();
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            // An id beyond 32 bits is in no vocabulary, and neither is the highest number.
            if (reader.TokenType == JsonTokenType.Number && !reader.TryGetInt32(out _) && reader.TryGetInt64(out _)) ids.Add(int.MaxValue);
            else if (reader.TokenType == JsonTokenType.Number && reader.TryGetInt32(out int value)) ids.Add(value);
            else throw new JsonException($"\"ids\" holds something else than a whole number at index {ids.Count}");
        }
        return [.. ids];
    }

    /// <summary>The string's value. A lone surrogate (which only an escape can spell) becomes U+FFFD; ill-formed UTF-8 is refused.</summary>
    static string ReadString(ref Utf8JsonReader reader)
    {
        ReadOnlySpan<byte> raw = reader.ValueSpan;
        if (!System.Text.Unicode.Utf8.IsValid(raw)) throw new JsonException("a string is not well-formed UTF-8");
        return reader.ValueIsEscaped ? Unescape(Encoding.UTF8.GetString(raw)) : Encoding.UTF8.GetString(raw);
    }

    // The reader has checked the escapes already; its own GetString throws on lone surrogates, which is why this exists.
    static string Unescape(string raw)
    {
        var units = new StringBuilder(raw.Length);
        for (int i = 0; i < raw.Length; i++)
        {
            if (raw[i] != '\\')
            {
                units.Append(raw[i]);
                continue;
            }
            char kind = raw[++i];
            if (kind == 'u')
            {
                units.Append((char)Convert.ToUInt16(raw.Substring(i + 1, 4), 16));
                i += 4;
            }
            else
                units.Append(kind switch { 'n' => '\n', 't' => '\t', 'r' => '\r', 'b' => '\b', 'f' => '\f', _ => kind });
        }
        for (int i = 0; i < units.Length; i++)
        {
            if (!char.IsSurrogate(units[i])) continue;
            if (char.IsHighSurrogate(units[i]) && i + 1 < units.Length && char.IsLowSurrogate(units[i + 1])) i++;
            else units[i] = '\uFFFD';
        }
        return units.ToString();
    }
}
