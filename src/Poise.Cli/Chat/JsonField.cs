using System.Text.Json;
using System.Text.Unicode;
using Poise.Cli.Output;
using Poise.Tensors;

namespace Poise.Cli.Chat;

/// <summary>A value in a JSON file from outside, and where it stands: every complaint names file and field.</summary>
readonly record struct JsonField(string File, string Path, JsonElement Value)
{
    const int MaximumDepth = 64;
    const int MaximumBytes = 1 << 26;
    const int LongestQuote = 80;

    /// <param name="what">What the file should be, with its article.</param>
    public static JsonField Open(string path, string what)
    {
        if (Directory.Exists(path)) throw new PoiseException($"{path} is a folder; expected {what}");
        byte[] bytes;
        try
        {
            using FileStream stream = System.IO.File.OpenRead(path);
            bytes = ReadAll(stream) ?? throw new PoiseException($"{path} is larger than {MaximumBytes >> 20} MiB; this is not {what}");
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new PoiseException($"{path} does not exist; expected {what}");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new PoiseException($"{path} cannot be read: {e.Message}", e);
        }
        try
        {
            ReadOnlyMemory<byte> json = bytes.AsSpan().StartsWith("\uFEFF"u8) ? bytes.AsMemory(3) : bytes;
            CheckText(json.Span);
            JsonDocument document = JsonDocument.Parse(json, new JsonDocumentOptions { MaxDepth = MaximumDepth });
            return new JsonField(path, "", document.RootElement);
        }
        catch (JsonException error)
        {
            string problem = error.Message.Split(" LineNumber:")[0];
            string place = error.LineNumber is { } line ? $"line {line + 1}: " : "";
            throw new PoiseException($"{path} is not {what}: {place}{problem}", error);
        }
    }

    public JsonField this[string name] => new(File, Path.Length == 0 ? name : $"{Path}.{name}", Value.TryGetProperty(name, out JsonElement value) ? value : default);

    public bool IsMissing => Value.ValueKind is JsonValueKind.Undefined or JsonValueKind.Null;

    public IEnumerable<JsonField> Items(int most)
    {
        if (Value.ValueKind != JsonValueKind.Array) throw Expected("an array");
        int count = Value.GetArrayLength();
        if (count > most) throw Error($"{count} entries; at most {most} are allowed");
        string file = File, path = Path;
        return Value.EnumerateArray().Select((item, i) => new JsonField(file, $"{path}[{i}]", item));
    }

    public IEnumerable<(string Name, JsonField Field)> Properties()
    {
        JsonField self = Object();
        return Value.EnumerateObject().Select(property => (property.Name, self[property.Name]));
    }

    public JsonField Object() => Value.ValueKind == JsonValueKind.Object ? this : throw Expected("an object");

    public string Text()
    {
        if (Value.ValueKind != JsonValueKind.String) throw Expected("a string");
        return Value.GetString()!;
    }

    public string? OptionalText() => IsMissing ? null : Text();

    public long? OptionalWhole() => IsMissing ? null : Value.ValueKind == JsonValueKind.Number && Value.TryGetInt64(out long value) ? value : throw Expected("a whole number");

    public int? OptionalCount() => OptionalWhole() switch
    {
        null => null,
        >= 0 and <= int.MaxValue and var value => (int)value,
        _ => throw Expected("a whole number from 0 to 2147483647"),
    };

    public float? OptionalNumber() => IsMissing ? null : Value.ValueKind == JsonValueKind.Number && Value.TryGetSingle(out float value) && float.IsFinite(value) ? value : throw Expected("a number");

    public PoiseException Expected(string what) => Error($"expected {what}, not {Describe()}");

    public PoiseException Error(string problem) => new($"{File}: {(Path.Length == 0 ? "" : Path + ": ")}{problem}");

    string Describe() => Value.ValueKind switch
    {
        JsonValueKind.Undefined => "nothing",
        JsonValueKind.Object => "an object",
        JsonValueKind.Array => "an array",
        JsonValueKind.Null => "null",
        _ => Shorten(Printable.Line(Value.GetRawText())),
    };

    static string Shorten(string text) => text.Length <= LongestQuote ? text : text[..LongestQuote] + "...";

    // Half a surrogate pair can be spelled by an escape and is no text; found here, so that no reading of a name or a value fails later.
    static void CheckText(ReadOnlySpan<byte> json)
    {
        if (!Utf8.IsValid(json)) throw new JsonException("this is not UTF-8 text");
        var reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = MaximumDepth });
        try
        {
            while (reader.Read())
                if (reader.TokenType is JsonTokenType.String or JsonTokenType.PropertyName && reader.ValueIsEscaped) reader.GetString();
        }
        catch (InvalidOperationException)
        {
            throw new JsonException("an escape spells half a character");
        }
    }

    // The length of a pipe or a device is not known beforehand.
    static byte[]? ReadAll(Stream stream)
    {
        var all = new MemoryStream();
        var buffer = new byte[1 << 16];
        for (int read; (read = stream.Read(buffer)) > 0;)
        {
            all.Write(buffer, 0, read);
            if (all.Length > MaximumBytes) return null;
        }
        return all.ToArray();
    }
}
