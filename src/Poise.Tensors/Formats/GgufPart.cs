namespace Poise.Tensors.Formats;

/// <summary>One GGUF file, checked: the keys and the tensors that lie in it.</summary>
sealed unsafe class GgufPart
{
    const int LargestKeyCount = 65_536;
    const int LargestTensorCount = 1_000_000;
    const int LargestName = 65_535;
    const int SmallestKeyValue = 13;
    const int SmallestTensorInfo = 24;
    const int DefaultAlignment = 32;

    GgufPart(ByteSource source, int version, GgufMetadata metadata, StoredTensor[] tensors)
    {
        Source = source;
        Version = version;
        Metadata = metadata;
        Tensors = tensors;
    }

    public ByteSource Source { get; }
    public int Version { get; }
    public GgufMetadata Metadata { get; }
    public StoredTensor[] Tensors { get; }

    readonly record struct TensorInfo(string Name, TensorType Type, long[] Shape, long Offset, long Bytes);

    public static GgufPart Read(ByteSource source)
    {
        var cursor = new GgufCursor(source);
        int version = ReadVersion(cursor);
        int tensorCount = cursor.ReadCount("tensor count", SmallestTensorInfo, LargestTensorCount);
        int keyCount = cursor.ReadCount("key count", SmallestKeyValue, LargestKeyCount);
        GgufMetadata metadata = ReadMetadata(cursor, keyCount);
        long alignment = ReadAlignment(metadata);
        TensorInfo[] infos = ReadInfos(cursor, tensorCount, alignment);
        // The length of a file is far below 2^63 and the alignment at most 2^31: no overflow.
        long dataStart = (cursor.Position + alignment - 1) & ~(alignment - 1);
        CheckLayout(source, infos, dataStart);
        return new GgufPart(source, version, metadata, Array.ConvertAll(infos, info =>
            new StoredTensor(info.Name, info.Type, info.Shape, source.Pointer + dataStart + info.Offset, info.Bytes, source.Path)));
    }

    static int ReadVersion(GgufCursor cursor)
    {
        if (!cursor.Take(4, "magic").SequenceEqual("GGUF"u8))
            throw new ModelFileException(cursor.Source.Path, "magic", "this is not a GGUF file: it does not start with \"GGUF\"");
        uint version = cursor.ReadUInt32("version");
        if (version != 0 && (version & 0xFFFF) == 0)
            throw new ModelFileException(cursor.Source.Path, "version", "this is a big-endian GGUF file; only little-endian files are supported");
        if (version is not (2 or 3))
            throw new ModelFileException(cursor.Source.Path, "version", $"GGUF version {version} is not supported; expected 2 or 3");
        return (int)version;
    }

    static GgufMetadata ReadMetadata(GgufCursor cursor, int count)
    {
        var values = new Dictionary<string, object>(count, StringComparer.Ordinal);
        for (int i = 0; i < count; i++)
        {
            string key = cursor.ReadString("key", LargestName);
            string field = key.Length == 0 ? "key \"\"" : ErrorText.Clean(key);
            if (!values.TryAdd(key, GgufValues.Read(cursor, field)))
                throw new ModelFileException(cursor.Source.Path, field, "this key occurs twice");
        }
        return new GgufMetadata(cursor.Source.Path, values);
    }

    static long ReadAlignment(GgufMetadata metadata)
    {
        const string Key = "general.alignment";
        long alignment = metadata.FindInteger(Key, 1, 1L << 31) ?? DefaultAlignment;
        return long.IsPow2(alignment) ? alignment : throw new ModelFileException(metadata.File, Key, $"expected a power of two, found {alignment}");
    }

    static TensorInfo[] ReadInfos(GgufCursor cursor, int count, long alignment)
    {
        var infos = new TensorInfo[count];
        var names = new HashSet<string>(count, StringComparer.Ordinal);
        for (int i = 0; i < count; i++)
        {
            infos[i] = ReadInfo(cursor, alignment);
            if (!names.Add(infos[i].Name))
                throw new ModelFileException(cursor.Source.Path, ErrorText.Clean(infos[i].Name), "this tensor occurs twice");
        }
        return infos;
    }

    static TensorInfo ReadInfo(GgufCursor cursor, long alignment)
    {
        string name = cursor.ReadString("tensor name", LargestName);
        string field = name.Length == 0 ? "tensor \"\"" : ErrorText.Clean(name);
        ModelFileException Wrong(string problem) => new(cursor.Source.Path, field, problem);

        uint dimensions = cursor.ReadUInt32(field);
        if (dimensions > 4) throw Wrong($"{dimensions} dimensions; expected at most 4");
        var shape = new long[dimensions];
        // GGUF lists the contiguous dimension first.
        for (int i = shape.Length - 1; i >= 0; i--)
        {
            ulong size = cursor.ReadUInt64(field);
            if (size > long.MaxValue) throw Wrong($"dimension {size} is too large");
            shape[i] = (long)size;
        }
        uint id = cursor.ReadUInt32(field);
        ulong offset = cursor.ReadUInt64(field);
        if (!TypeSizes.TryGetGguf(id, out TypeSize type)) throw Wrong(ForeignTypes.DescribeGguf(id));
        if (!type.HasWholeRows(shape))
            throw Wrong($"{type.Type} rows must be a multiple of {type.BlockElements} elements, found {(shape.Length == 0 ? 1 : shape[^1])}");
        if (!type.TryGetBytes(shape, out long bytes)) throw Wrong($"shape [{string.Join(", ", shape)}] is too large");
        if (offset > long.MaxValue) throw Wrong($"offset {offset} is past the end of the file");
        if ((long)offset % alignment != 0) throw Wrong($"offset {offset} is not a multiple of the alignment {alignment}");
        return new TensorInfo(name, type.Type, shape, (long)offset, bytes);
    }

    /// <summary>Any order and any gaps are fine; a tensor outside the file or two that share bytes are not.</summary>
    static void CheckLayout(ByteSource source, TensorInfo[] infos, long dataStart)
    {
        long dataBytes = source.Length - dataStart;
        foreach (TensorInfo info in infos)
            if (info.Offset > dataBytes || info.Bytes > dataBytes - info.Offset)
                throw new ModelFileException(source.Path, ErrorText.Clean(info.Name),
                    $"{info.Bytes} bytes at offset {info.Offset} reach past the end of the file: the data section has {Math.Max(0, dataBytes)} bytes; is the download incomplete?");

        TensorInfo[] sorted = Array.FindAll(infos, info => info.Bytes > 0);
        Array.Sort(sorted, (a, b) => a.Offset.CompareTo(b.Offset));
        for (int i = 1; i < sorted.Length; i++)
            if (sorted[i].Offset < sorted[i - 1].Offset + sorted[i - 1].Bytes)
                throw new ModelFileException(source.Path, ErrorText.Clean(sorted[i].Name),
                    $"this tensor overlaps {ErrorText.Quote(sorted[i - 1].Name)}");
    }
}
