using System.Text.Json;
using System.Text.Unicode;

namespace Poise.Tensors.Formats;

/// <summary>model.safetensors.index.json: which file holds which tensor.</summary>
sealed class SafetensorsIndex
{
    const string MapName = "weight_map";
    const int LargestIndex = 100_000_000;
    const int LargestTensorCount = 1_000_000;

    readonly List<KeyValuePair<string, string>> _map;

    SafetensorsIndex(string path, List<KeyValuePair<string, string>> map)
    {
        Path = path;
        _map = map;
        Files = [.. map.Select(pair => pair.Value).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];
    }

    public string Path { get; }

    /// <summary>Tensor name and file name, in the order of the index.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Map => _map;

    /// <summary>The files that it names, sorted.</summary>
    public IReadOnlyList<string> Files { get; }

    public static SafetensorsIndex Read(ByteSource source)
    {
        if (source.Length > LargestIndex)
            throw new ModelFileException(source.Path, "file", $"{source.Length} bytes; expected at most {LargestIndex}");
        ReadOnlySpan<byte> text = source.Span(0, (int)source.Length);
        if (!Utf8.IsValid(text)) throw new ModelFileException(source.Path, "file", "this text is not UTF-8");
        try
        {
            return new SafetensorsIndex(source.Path, ReadMap(source.Path, text));
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            throw new ModelFileException(source.Path, "file", ErrorText.Describe(e), e);
        }
    }

    static List<KeyValuePair<string, string>> ReadMap(string path, ReadOnlySpan<byte> text)
    {
        var reader = new Utf8JsonReader(text, new JsonReaderOptions { CommentHandling = JsonCommentHandling.Disallow, MaxDepth = 64 });
        reader.Read();
        if (reader.TokenType != JsonTokenType.StartObject) throw new ModelFileException(path, "file", "expected a JSON object");
        List<KeyValuePair<string, string>>? map = null;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            bool isMap = reader.GetString() == MapName;
            reader.Read();
            if (!isMap) reader.Skip();
            else if (map is null) map = ReadEntries(path, ref reader);
            else throw new ModelFileException(path, MapName, "this key occurs twice");
        }
        // Throws on anything but white space after the object.
        reader.Read();
        return map ?? throw new ModelFileException(path, MapName, "this key is missing; expected an object of tensor and file names");
    }

    static List<KeyValuePair<string, string>> ReadEntries(string path, ref Utf8JsonReader reader)
    {
        if (reader.TokenType != JsonTokenType.StartObject)
            throw new ModelFileException(path, MapName, $"expected an object, found {ErrorText.Describe(reader.TokenType)}");
        var map = new List<KeyValuePair<string, string>>();
        var names = new HashSet<string>(StringComparer.Ordinal);
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            string name = reader.GetString()!;
            string field = $"{MapName}.{ErrorText.Clean(name)}";
            if (!names.Add(name)) throw new ModelFileException(path, field, "this tensor occurs twice");
            if (names.Count > LargestTensorCount) throw new ModelFileException(path, MapName, $"more than {LargestTensorCount} tensors");
            reader.Read();
            if (reader.TokenType != JsonTokenType.String) throw new ModelFileException(path, field, $"expected a file name, found {ErrorText.Describe(reader.TokenType)}");
            string file = reader.GetString()!;
            if (!IsPlainName(file))
                throw new ModelFileException(path, field, $"{ErrorText.Quote(file)} is not the name of a safetensors file in the same folder");
            map.Add(new(name, file));
        }
        return map;
    }

    /// <summary>No folders, drives or streams: nothing outside the folder is ever opened. The characters are those of all systems alike.</summary>
    static bool IsPlainName(string file) =>
        file.EndsWith(".safetensors", StringComparison.Ordinal) &&
        !file.AsSpan().ContainsAny('/', '\\', ':') &&
        !file.Any(char.IsControl);
}
