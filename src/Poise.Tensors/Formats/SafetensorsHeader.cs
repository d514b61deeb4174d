using System.Text.Json;
using System.Text.Unicode;

namespace Poise.Tensors.Formats;

/// <summary>Reads and checks the JSON header of a safetensors file.</summary>
static class SafetensorsHeader
{
    const string MetadataName = "__metadata__";
    const long LargestHeader = 100_000_000;
    const int LargestTensorCount = 1_000_000;
    const int LargestRank = 64;

    internal readonly record struct Entry(string Name, TensorType Type, long[] Shape, long Begin, long End);

    /// <summary>The tensors in the order of their data, and the offset of the data in the file.</summary>
    public static Entry[] Read(ByteSource source, Dictionary<string, string> metadata, out long dataStart)
    {
        ReadOnlySpan<byte> header = FindHeader(source);
        dataStart = 8 + header.Length;
        var entries = new List<Entry>();
        try
        {
            ReadObject(source, header, metadata, entries);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // InvalidOperationException: a string with half a surrogate pair.
            throw new ModelFileException(source.Path, "header", ErrorText.Describe(e), e);
        }
        Entry[] sorted = [.. entries.OrderBy(e => e.Begin).ThenBy(e => e.End)];
        CheckLayout(source, sorted, source.Length - dataStart);
        return sorted;
    }

    static ReadOnlySpan<byte> FindHeader(ByteSource source)
    {
        if (source.Length < 8)
            throw new ModelFileException(source.Path, "header length", $"the file has {source.Length} bytes; a safetensors file has at least 8");
        ulong length = BitConverter.ToUInt64(source.Span(0, 8));
        if (length > LargestHeader)
            throw new ModelFileException(source.Path, "header length", $"{length} bytes; expected at most {LargestHeader}");
        if ((long)length > source.Length - 8)
            throw new ModelFileException(source.Path, "header length", $"{length} bytes do not fit in a file of {source.Length}; is the download incomplete?");
        ReadOnlySpan<byte> header = source.Span(8, (int)length);
        if (header.IsEmpty || header[0] != (byte)'{')
            throw new ModelFileException(source.Path, "header", "expected a JSON object that starts with '{'");
        if (!Utf8.IsValid(header)) throw new ModelFileException(source.Path, "header", "this text is not UTF-8");
        return header;
    }

    static void ReadObject(ByteSource source, ReadOnlySpan<byte> header, Dictionary<string, string> metadata, List<Entry> entries)
    {
        var reader = new Utf8JsonReader(header, new JsonReaderOptions { CommentHandling = JsonCommentHandling.Disallow, MaxDepth = 16 });
        var names = new HashSet<string>(StringComparer.Ordinal);
        reader.Read();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            string name = reader.GetString()!;
            if (!names.Add(name)) throw new ModelFileException(source.Path, ErrorText.Clean(name), "this name occurs twice");
            reader.Read();
            if (name == MetadataName) ReadMetadata(source, ref reader, metadata);
            else if (entries.Count < LargestTensorCount) entries.Add(ReadEntry(source, ref reader, name));
            else throw new ModelFileException(source.Path, "header", $"more than {LargestTensorCount} tensors");
        }
        // Throws on anything but white space after the object.
        reader.Read();
    }

    static void ReadMetadata(ByteSource source, ref Utf8JsonReader reader, Dictionary<string, string> metadata)
    {
        if (reader.TokenType != JsonTokenType.StartObject)
            throw new ModelFileException(source.Path, MetadataName, $"expected an object, found {ErrorText.Describe(reader.TokenType)}");
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            string key = reader.GetString()!;
            reader.Read();
            if (reader.TokenType != JsonTokenType.String)
                throw new ModelFileException(source.Path, $"{MetadataName}.{ErrorText.Clean(key)}", $"expected a string, found {ErrorText.Describe(reader.TokenType)}");
            if (!metadata.TryAdd(key, reader.GetString()!))
                throw new ModelFileException(source.Path, $"{MetadataName}.{ErrorText.Clean(key)}", "this key occurs twice");
        }
    }

    static Entry ReadEntry(ByteSource source, ref Utf8JsonReader reader, string name)
    {
        ModelFileException Wrong(string problem) => new(source.Path, name.Length == 0 ? "tensor \"\"" : ErrorText.Clean(name), problem);

        if (reader.TokenType != JsonTokenType.StartObject) throw Wrong($"expected an object, found {ErrorText.Describe(reader.TokenType)}");
        string? dtype = null;
        long[]? shape = null, offsets = null;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            string field = reader.GetString()!;
            reader.Read();
            switch (field)
            {
                case "dtype" when dtype is not null:
                case "shape" when shape is not null:
                case "data_offsets" when offsets is not null:
                    throw Wrong($"{field} occurs twice");
                case "dtype":
                    if (reader.TokenType != JsonTokenType.String) throw Wrong($"dtype: expected a string, found {ErrorText.Describe(reader.TokenType)}");
                    dtype = reader.GetString();
                    break;
                case "shape":
                    shape = ReadIntegers(ref reader, LargestRank) ?? throw Wrong($"shape: expected at most {LargestRank} whole numbers of at least 0");
                    break;
                case "data_offsets":
                    offsets = ReadIntegers(ref reader, 2);
                    if (offsets is not { Length: 2 }) throw Wrong("data_offsets: expected two whole numbers of at least 0");
                    break;
                default:
                    // The reference reader ignores fields that it does not know.
                    reader.Skip();
                    break;
            }
        }
        if (dtype is null) throw Wrong("dtype is missing");
        if (shape is null) throw Wrong("shape is missing");
        if (offsets is null) throw Wrong("data_offsets is missing");

        if (!TypeSizes.TryGetSafetensors(dtype, out TypeSize type)) throw Wrong(ForeignTypes.DescribeSafetensors(dtype));
        if (!type.TryGetBytes(shape, out long bytes)) throw Wrong($"shape [{string.Join(", ", shape)}] is too large");
        if (offsets[1] < offsets[0]) throw Wrong($"data_offsets [{offsets[0]}, {offsets[1]}] end before they begin");
        if (offsets[1] - offsets[0] != bytes)
            throw Wrong($"{dtype} of shape [{string.Join(", ", shape)}] takes {bytes} bytes, but data_offsets span {offsets[1] - offsets[0]}");
        return new Entry(name, type.Type, shape, offsets[0], offsets[1]);
    }

    /// <summary>Null where this is not an array of at most <paramref name="maximum"/> whole numbers of at least 0.</summary>
    static long[]? ReadIntegers(ref Utf8JsonReader reader, int maximum)
    {
        if (reader.TokenType != JsonTokenType.StartArray) return null;
        var values = new List<long>();
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            if (reader.TokenType != JsonTokenType.Number || !reader.TryGetInt64(out long value) || value < 0 || values.Count == maximum) return null;
            values.Add(value);
        }
        return [.. values];
    }

    /// <summary>The format asks for data without gaps, overlaps or leftovers, so that nothing can hide in a file.</summary>
    static void CheckLayout(ByteSource source, Entry[] sorted, long dataBytes)
    {
        long end = 0;
        foreach (Entry entry in sorted)
        {
            if (entry.Begin != end)
                throw new ModelFileException(source.Path, ErrorText.Clean(entry.Name),
                    $"its data begin at {entry.Begin}; expected {end}, where the tensor before ends (no gaps, no overlaps)");
            end = entry.End;
        }
        if (end > dataBytes)
            throw new ModelFileException(source.Path, ErrorText.Clean(sorted[^1].Name), $"its data end at {end}, past the end of the file: the data have {dataBytes} bytes; is the download incomplete?");
        if (end < dataBytes)
            throw new ModelFileException(source.Path, "data", $"{dataBytes - end} bytes follow the last tensor");
    }
}
