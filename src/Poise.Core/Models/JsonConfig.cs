using System.Globalization;
using System.Text.Json;
using System.Text.Unicode;
using Poise.Tensors;

namespace Poise.Core.Models;

/// <summary>
/// A JSON object from a model folder, read with checks: every wrong value is a <see cref="ModelFileException"/> that names file and key.
/// A key that is null counts as absent, as it does for the publishers' own readers.
/// </summary>
public sealed class JsonConfig
{
    /// <summary>Bytes. Published configuration files have a few kilobytes; an index of shards or a tokenizer's settings can have some megabytes.</summary>
    public const int MaximumBytes = 16 << 20;

    static readonly JsonDocumentOptions s_options = new() { MaxDepth = 64 };

    readonly JsonElement _object;
    readonly string _prefix;

    JsonConfig(string file, JsonElement element, string prefix)
    {
        File = file;
        _object = element;
        _prefix = prefix;
    }

    /// <summary>For messages.</summary>
    public string File { get; }

    /// <summary>The keys of this object in file order.</summary>
    public IEnumerable<string> Keys => _object.EnumerateObject().Select(KeyOf);

    public static JsonConfig Read(string path)
    {
        byte[] bytes;
        try
        {
            long length = new FileInfo(path).Length;
            if (length > MaximumBytes) throw new ModelFileException(path, "size", $"expected at most {MaximumBytes:N0} bytes of JSON, found {length:N0}");
            bytes = System.IO.File.ReadAllBytes(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ModelFileException(path, "file", $"cannot be read: {e.Message}", e);
        }
        return Parse(bytes, path);
    }

    public static JsonConfig Parse(ReadOnlyMemory<byte> utf8, string file)
    {
        if (utf8.Length > MaximumBytes) throw new ModelFileException(file, "size", $"expected at most {MaximumBytes:N0} bytes of JSON, found {utf8.Length:N0}");
        if (utf8.Span.StartsWith("\uFEFF"u8)) utf8 = utf8[3..];
        if (!Utf8.IsValid(utf8.Span)) throw new ModelFileException(file, "JSON", "this is not UTF-8");
        try
        {
            using JsonDocument document = JsonDocument.Parse(utf8, s_options);
            if (document.RootElement.ValueKind != JsonValueKind.Object)
                throw new ModelFileException(file, "JSON", $"expected an object, found {Describe(document.RootElement)}");
            return new JsonConfig(file, document.RootElement.Clone(), "");
        }
        catch (JsonException e)
        {
            throw new ModelFileException(file, "JSON", $"malformed at line {e.LineNumber + 1}", e);
        }
    }

    public bool Has(string key) => Find(key) is not null;

    public long? FindInteger(string key, long minimum = 0, long maximum = int.MaxValue)
    {
        if (Find(key) is not { } value) return null;
        if (value.ValueKind != JsonValueKind.Number || !value.TryGetInt64(out long number)) throw Wrong(key, "a whole number", value);
        if (number < minimum || number > maximum) throw Error(key, $"expected {minimum} to {maximum}, found {number}");
        return number;
    }

    public int GetInteger(string key, int minimum = 0, int maximum = int.MaxValue) =>
        (int)(FindInteger(key, minimum, maximum) ?? throw Error(key, "this key is missing; expected a whole number"));

    /// <summary>A finite number.</summary>
    public double? FindNumber(string key)
    {
        if (Find(key) is not { } value) return null;
        if (value.ValueKind != JsonValueKind.Number || !value.TryGetDouble(out double number)) throw Wrong(key, "a number", value);
        // A literal such as 1e999 parses to infinity.
        if (!double.IsFinite(number)) throw Error(key, $"expected a finite number, found {value.GetRawText()}");
        return number;
    }

    public double GetNumber(string key) => FindNumber(key) ?? throw Error(key, "this key is missing; expected a number");

    public string? FindString(string key) => Find(key) switch
    {
        null => null,
        { ValueKind: JsonValueKind.String } value => Text(key, value),
        { } other => throw Wrong(key, "a string", other),
    };

    /// <summary>The string under <paramref name="key"/>, or null where the value is absent or of another kind.</summary>
    public string? FindStringIfText(string key) => Find(key) is { ValueKind: JsonValueKind.String } value ? Text(key, value) : null;

    public bool? FindBool(string key) => Find(key) switch
    {
        null => null,
        { ValueKind: JsonValueKind.True } => true,
        { ValueKind: JsonValueKind.False } => false,
        { } other => throw Wrong(key, "true or false", other),
    };

    public JsonConfig? FindObject(string key) => Find(key) switch
    {
        null => null,
        { ValueKind: JsonValueKind.Object } value => new JsonConfig(File, value, Name(key) + "."),
        { } other => throw Wrong(key, "an object", other),
    };

    /// <summary>The object under <paramref name="key"/>, or null where the value is absent or of another kind.</summary>
    public JsonConfig? FindObjectIfObject(string key) =>
        Find(key) is { ValueKind: JsonValueKind.Object } value ? new JsonConfig(File, value, Name(key) + ".") : null;

    /// <summary>The objects of an array; null where the key is absent.</summary>
    public JsonConfig[]? FindObjects(string key) =>
        FindArray(key, (item, i) => item.ValueKind == JsonValueKind.Object
            ? new JsonConfig(File, item, string.Create(CultureInfo.InvariantCulture, $"{Name(key)}[{i}]."))
            : throw Wrong(key, "an array of objects", item));

    /// <summary>Whether a value says "off": absent, null, false, 0, or empty.</summary>
    public bool IsOff(string key) => Find(key) switch
    {
        null or { ValueKind: JsonValueKind.False } => true,
        { ValueKind: JsonValueKind.Number } value => value.TryGetDouble(out double number) && number == 0,
        { ValueKind: JsonValueKind.String } value => value.ValueEquals(""),
        { ValueKind: JsonValueKind.Array } value => value.GetArrayLength() == 0,
        { ValueKind: JsonValueKind.Object } value => !value.EnumerateObject().Any(),
        _ => false,
    };

    public bool IsArray(string key) => Find(key) is { ValueKind: JsonValueKind.Array };

    /// <summary>An array of whole numbers, or one whole number as an array of one.</summary>
    public long[]? FindIntegers(string key)
    {
        if (Find(key) is { ValueKind: JsonValueKind.Number }) return [FindInteger(key, long.MinValue, long.MaxValue)!.Value];
        return FindArray(key, (item, _) => item.ValueKind == JsonValueKind.Number && item.TryGetInt64(out long number)
            ? number : throw Wrong(key, "an array of whole numbers", item));
    }

    public string[]? FindStrings(string key) =>
        FindArray(key, (item, _) => item.ValueKind == JsonValueKind.String ? Text(key, item) : throw Wrong(key, "an array of strings", item));

    public ModelFileException Error(string key, string problem) => new(File, Name(key), problem);

    T[]? FindArray<T>(string key, Func<JsonElement, int, T> read)
    {
        if (Find(key) is not { } value) return null;
        if (value.ValueKind != JsonValueKind.Array) throw Wrong(key, "an array", value);
        return [.. value.EnumerateArray().Select(read)];
    }

    string KeyOf(JsonProperty property)
    {
        try
        {
            return property.Name;
        }
        catch (InvalidOperationException e)
        {
            throw new ModelFileException(File, _prefix + "a key", "this string is not valid Unicode", e);
        }
    }

    string Text(string key, JsonElement value)
    {
        try
        {
            return value.GetString()!;
        }
        catch (InvalidOperationException e) // a lone surrogate written as an escape
        {
            throw new ModelFileException(File, Name(key), "this string is not valid Unicode", e);
        }
    }

    JsonElement? Find(string key) =>
        _object.TryGetProperty(key, out JsonElement value) && value.ValueKind is not (JsonValueKind.Null or JsonValueKind.Undefined) ? value : null;

    string Name(string key) => _prefix + key;

    ModelFileException Wrong(string key, string expected, JsonElement found) => Error(key, $"expected {expected}, found {Describe(found)}");

    static string Describe(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Object => "an object",
        JsonValueKind.Array => "an array",
        _ => value.GetRawText() is { Length: <= 40 } text ? text : value.GetRawText()[..40] + "…",
    };
}
