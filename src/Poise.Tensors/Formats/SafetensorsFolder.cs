namespace Poise.Tensors.Formats;

/// <summary>How the files of a folder belong together.</summary>
public enum SafetensorsLayout
{
    /// <summary>As the index says; without one model.safetensors alone; without that all files, where no name may occur twice.</summary>
    Standard,

    /// <summary>
    /// All files, whatever an index says; a name that occurs in several of them is a tensor cut in pieces
    /// (Grok-2 is published so), see <see cref="SafetensorsFolder.FindAll"/>.
    /// </summary>
    Presharded,
}

/// <summary>A folder of safetensors files that together hold one model.</summary>
public sealed class SafetensorsFolder : Checkpoint
{
    public const string IndexName = "model.safetensors.index.json";
    const string SingleName = "model.safetensors";

    readonly List<SafetensorsFile> _files;
    readonly List<StoredTensor> _tensors = [];
    readonly List<StoredTensor> _unmapped = [];
    readonly Dictionary<string, StoredTensor> _byName = new(StringComparer.Ordinal);

    SafetensorsFolder(string path, List<SafetensorsFile> files)
    {
        Path = path;
        _files = files;
    }

    public override string Path { get; }

    /// <summary>The files that were opened, sorted by name.</summary>
    public IReadOnlyList<SafetensorsFile> Files => _files;

    /// <summary>File after file, in file order. Where the layout is <see cref="SafetensorsLayout.Presharded"/> names repeat.</summary>
    public override IReadOnlyList<StoredTensor> Tensors => _tensors;

    /// <summary>Tensors in the files that the index does not place there. They are ignored; worth a warning.</summary>
    public IReadOnlyList<StoredTensor> Unmapped => _unmapped;

    /// <summary>The first of that name.</summary>
    public override StoredTensor? Find(string name) => _byName.GetValueOrDefault(name);

    /// <summary>All tensors of that name, in file order, also those that an index does not mention.</summary>
    public IReadOnlyList<StoredTensor> FindAll(string name) =>
        [.. _files.Select(file => file.Find(name)).OfType<StoredTensor>()];

    /// <summary>Whether a folder holds what <see cref="Open(string, SafetensorsLayout)"/> opens.</summary>
    public static bool IsPresent(string folder) =>
        File.Exists(System.IO.Path.Combine(folder, IndexName)) || ListFiles(folder).Count > 0;

    public static SafetensorsFolder Open(string folder, SafetensorsLayout layout = SafetensorsLayout.Standard)
    {
        if (!Directory.Exists(folder))
            throw new PoiseException(File.Exists(folder) ? $"{folder} is a file; a folder was expected." : $"{folder} does not exist.");
        string index = System.IO.Path.Combine(folder, IndexName);
        if (layout == SafetensorsLayout.Standard && File.Exists(index)) return Open(folder, MappedFile.Open(index), MappedFile.Open);

        List<string> names = ListFiles(folder);
        if (layout == SafetensorsLayout.Standard && names.Contains(SingleName)) names = [SingleName];
        if (names.Count == 0) throw new PoiseException($"{folder} holds no safetensors files.");
        return Build(folder, names, MappedFile.Open, result => result.AddAll(layout));
    }

    /// <summary>Takes ownership of <paramref name="index"/> and of what <paramref name="openFile"/> returns.</summary>
    internal static SafetensorsFolder Open(string folder, ByteSource index, Func<string, ByteSource> openFile)
    {
        SafetensorsIndex map;
        using (index) map = SafetensorsIndex.Read(index);
        ByteSource OpenShard(string path)
        {
            try
            {
                return openFile(path);
            }
            catch (PoiseException e) when (e is not ModelFileException)
            {
                throw new ModelFileException(map.Path, "weight_map", $"one of the files is missing: {e.Message}", e);
            }
        }
        return Build(folder, map.Files, OpenShard, result => result.AddMapped(map));
    }

    static SafetensorsFolder Build(string folder, IReadOnlyList<string> names, Func<string, ByteSource> openFile, Action<SafetensorsFolder> add)
    {
        var result = new SafetensorsFolder(folder, new List<SafetensorsFile>(names.Count));
        try
        {
            foreach (string name in names) result._files.Add(SafetensorsFile.Open(openFile(System.IO.Path.Combine(folder, name))));
            add(result);
            return result;
        }
        catch
        {
            result.Dispose();
            throw;
        }
    }

    void AddAll(SafetensorsLayout layout)
    {
        foreach (StoredTensor tensor in _files.SelectMany(file => file.Tensors))
        {
            _tensors.Add(tensor);
            if (!_byName.TryAdd(tensor.Name, tensor) && layout == SafetensorsLayout.Standard)
                throw new ModelFileException(tensor.File, ErrorText.Clean(tensor.Name),
                    $"this tensor is also in {_byName[tensor.Name].File}, and there is no {IndexName} that says which one to take");
        }
    }

    void AddMapped(SafetensorsIndex index)
    {
        Dictionary<string, SafetensorsFile> files = _files.ToDictionary(file => System.IO.Path.GetFileName(file.Path), StringComparer.Ordinal);
        foreach ((string name, string file) in index.Map)
            _byName.Add(name, files[file].Find(name) ??
                throw new ModelFileException(index.Path, $"weight_map.{ErrorText.Clean(name)}", $"{file} does not hold this tensor"));
        foreach (StoredTensor tensor in _files.SelectMany(file => file.Tensors))
            (_byName.GetValueOrDefault(tensor.Name) == tensor ? _tensors : _unmapped).Add(tensor);
    }

    static List<string> ListFiles(string folder)
    {
        try
        {
            return [.. Directory.EnumerateFiles(folder, "*.safetensors").Select(path => System.IO.Path.GetFileName(path)).Order(StringComparer.Ordinal)];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new PoiseException($"{folder} cannot be read: {e.Message}", e);
        }
    }

    protected override void Dispose(bool disposing)
    {
        foreach (SafetensorsFile file in _files) file.Dispose();
    }
}
