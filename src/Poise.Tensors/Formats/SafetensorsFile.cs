namespace Poise.Tensors.Formats;

/// <summary>One safetensors file.</summary>
public sealed class SafetensorsFile : Checkpoint
{
    readonly ByteSource _source;
    readonly StoredTensor[] _tensors;
    readonly Dictionary<string, StoredTensor> _byName;

    unsafe SafetensorsFile(ByteSource source)
    {
        _source = source;
        var metadata = new Dictionary<string, string>(StringComparer.Ordinal);
        SafetensorsHeader.Entry[] entries = SafetensorsHeader.Read(source, metadata, out long dataStart);
        Metadata = metadata;
        _tensors = Array.ConvertAll(entries, e =>
            new StoredTensor(e.Name, e.Type, e.Shape, source.Pointer + dataStart + e.Begin, e.End - e.Begin, source.Path));
        _byName = _tensors.ToDictionary(t => t.Name, StringComparer.Ordinal);
    }

    public override string Path => _source.Path;

    public override IReadOnlyList<StoredTensor> Tensors => _tensors;

    /// <summary>What stands under "__metadata__"; empty where the file has none.</summary>
    public IReadOnlyDictionary<string, string> Metadata { get; }

    public override StoredTensor? Find(string name) => _byName.GetValueOrDefault(name);

    public static SafetensorsFile Open(string path) => Open(MappedFile.Open(path));

    /// <summary>Takes ownership of <paramref name="source"/>.</summary>
    internal static SafetensorsFile Open(ByteSource source)
    {
        try
        {
            return new SafetensorsFile(source);
        }
        catch
        {
            source.Dispose();
            throw;
        }
    }

    protected override void Dispose(bool disposing) => _source.Dispose();
}
