namespace Poise.Tensors.Formats;

/// <summary>
/// Writes GGUF files. Tensors are streamed: their callbacks run one after the other while the file is written, so its size is not bounded
/// by the memory. The file appears whole or not at all.
/// </summary>
public sealed class GgufWriter
{
    const string AlignmentKey = "general.alignment";
    const int DefaultAlignment = 32;

    readonly List<KeyValuePair<string, object>> _values = [];
    readonly HashSet<string> _keys = new(StringComparer.Ordinal);
    readonly List<TensorToWrite> _tensors = [];
    readonly HashSet<string> _names = new(StringComparer.Ordinal);

    /// <param name="alignment">A power of two; the tensors begin at multiples of it.</param>
    /// <param name="version">3, or 2 for old readers.</param>
    public GgufWriter(int alignment = DefaultAlignment, int version = 3)
    {
        if (alignment <= 0 || !int.IsPow2(alignment)) throw new ArgumentOutOfRangeException(nameof(alignment), "expected a power of two");
        if (version is not (2 or 3)) throw new ArgumentOutOfRangeException(nameof(version), "expected 2 or 3");
        Alignment = alignment;
        Version = version;
        if (alignment != DefaultAlignment) Append(AlignmentKey, (uint)alignment);
    }

    public int Alignment { get; }

    public int Version { get; }

    /// <summary>
    /// Adds a key. The type of the value is the type in the file: byte to ulong, sbyte to long, float, double, bool, string,
    /// or an array of one of these. Most keys of models are <see cref="uint"/>, <see cref="float"/> or <see cref="string"/>.
    /// </summary>
    public void Add(string key, object value)
    {
        if (key == AlignmentKey) throw new ArgumentException($"{key} is set by the constructor.", nameof(key));
        if (key.StartsWith("split.", StringComparison.Ordinal)) throw new ArgumentException($"{key} is set by the writer.", nameof(key));
        if (!GgufEncoder.IsSupported(value)) throw new ArgumentException($"{key}: GGUF has no {value.GetType().Name}.", nameof(value));
        Append(key, value);
    }

    /// <param name="shape">Outermost dimension first, at most four.</param>
    /// <param name="write">Writes the bytes of the tensor, all of them, to the stream.</param>
    public void AddTensor(string name, TensorType type, ReadOnlySpan<long> shape, Action<Stream> write)
    {
        TensorToWrite tensor = TensorToWrite.Create(name, type, shape, write);
        if (tensor.Type.GgufId < 0) throw new ArgumentException($"{name}: GGUF has no type {type}.", nameof(type));
        if (shape.Length > 4) throw new ArgumentException($"{name}: {shape.Length} dimensions; GGUF takes at most 4.", nameof(shape));
        if (!_names.Add(name)) throw new ArgumentException($"{name} was added twice.", nameof(name));
        _tensors.Add(tensor);
    }

    /// <summary>Writes one file.</summary>
    public void Write(string path) => AtomicFile.Write(path, stream => WritePart(stream, _values, _tensors));

    /// <summary>
    /// Writes parts prefix-00001-of-0000N.gguf of at most <paramref name="largestPart"/> tensor bytes each (or of one larger tensor),
    /// and returns their paths. All keys are in the first part.
    /// </summary>
    public IReadOnlyList<string> WriteSplit(string prefix, long largestPart)
    {
        List<List<TensorToWrite>> parts = Divide(largestPart);
        if (parts.Count > ushort.MaxValue) throw new ArgumentOutOfRangeException(nameof(largestPart), $"{parts.Count} parts are too many.");
        string folder = Path.GetDirectoryName(Path.GetFullPath(prefix))!;
        string stem = Path.GetFileName(prefix);
        var files = new List<AtomicFile>();
        try
        {
            var paths = new List<string>();
            for (int number = 0; number < parts.Count; number++)
            {
                List<KeyValuePair<string, object>> values = [.. number == 0 ? _values : _values.Where(pair => pair.Key == AlignmentKey)];
                values.Add(new("split.no", (ushort)number));
                values.Add(new("split.count", (ushort)parts.Count));
                values.Add(new("split.tensors.count", _tensors.Count));
                paths.Add(Path.Combine(folder, GgufFile.PartName(stem, number, parts.Count)));
                files.Add(new AtomicFile(paths[^1]));
                WritePart(files[^1].Stream, values, parts[number]);
                files[^1].Flush();
            }
            // The first part last: as long as it is absent nobody takes the others for a model.
            for (int number = parts.Count - 1; number >= 0; number--) files[number].Commit();
            return paths;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new PoiseException($"{prefix} cannot be written: {e.Message}", e);
        }
        finally
        {
            foreach (AtomicFile file in files) file.Dispose();
        }
    }

    List<List<TensorToWrite>> Divide(long largestPart)
    {
        List<List<TensorToWrite>> parts = [[]];
        long bytes = 0;
        foreach (TensorToWrite tensor in _tensors)
        {
            if (parts[^1].Count > 0 && tensor.ByteLength > largestPart - bytes)
            {
                parts.Add([]);
                bytes = 0;
            }
            parts[^1].Add(tensor);
            bytes += tensor.ByteLength;
        }
        return parts;
    }

    void Append(string key, object value)
    {
        if (!_keys.Add(key)) throw new ArgumentException($"{key} was added twice.", nameof(key));
        _values.Add(new(key, value));
    }

    void WritePart(Stream stream, List<KeyValuePair<string, object>> values, List<TensorToWrite> tensors)
    {
        var encoder = new GgufEncoder(stream);
        stream.Write("GGUF"u8);
        encoder.Write((uint)Version);
        encoder.Write((ulong)tensors.Count);
        encoder.Write((ulong)values.Count);
        foreach ((string key, object value) in values) encoder.WriteKeyValue(key, value);
        long offset = 0;
        foreach (TensorToWrite tensor in tensors)
        {
            encoder.Write(tensor.Name);
            encoder.Write((uint)tensor.Shape.Length);
            for (int i = tensor.Shape.Length - 1; i >= 0; i--) encoder.Write((ulong)tensor.Shape[i]);
            encoder.Write((uint)tensor.Type.GgufId);
            encoder.Write((ulong)offset);
            offset = checked(offset + tensor.ByteLength + Padding(tensor.ByteLength));
        }
        Pad(stream, stream.Position);
        foreach (TensorToWrite tensor in tensors)
        {
            tensor.WriteTo(stream);
            Pad(stream, tensor.ByteLength);
        }
    }

    long Padding(long length) => -length & (Alignment - 1);

    void Pad(Stream stream, long length)
    {
        Span<byte> zeros = stackalloc byte[64];
        zeros.Clear();
        for (long left = Padding(length); left > 0; left -= zeros.Length) stream.Write(zeros[..(int)Math.Min(left, zeros.Length)]);
    }
}
