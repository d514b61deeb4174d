using System.Text.RegularExpressions;

namespace Poise.Tensors.Formats;

/// <summary>
/// A folder of safetensors files that together hold one model: what the index names; without an index model.safetensors alone; without that
/// all files. Files named NAME-TP-000, NAME-TP-001, ... (Grok-2 is published so) hold a tensor each under the same name, its pieces;
/// an index can name only one of them, so the others are opened with it. See <see cref="FindAll"/>.
/// </summary>
public sealed partial class SafetensorsFolder : Checkpoint
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

    /// <summary>File after file, in file order; of a tensor in pieces only the one that <see cref="Find"/> gives.</summary>
    public override IReadOnlyList<StoredTensor> Tensors => _tensors;

    /// <summary>Tensors in the files that the index does not mention. They are ignored; worth a warning.</summary>
    public IReadOnlyList<StoredTensor> Unmapped => _unmapped;

    /// <summary>The one in the file that the index says; without an index the first.</summary>
    public override StoredTensor? Find(string name) => _byName.GetValueOrDefault(name);

    /// <summary>The pieces of a tensor in the order of <see cref="Files"/>; one where it is stored whole, none where it is missing.</summary>
    public IReadOnlyList<StoredTensor> FindAll(string name)
    {
        StoredTensor? found = Find(name);
        if (found is null) return [];
        return PiecesOf(found.File) is { } pieces
            ? [.. _files.Where(file => PiecesOf(file.Path) == pieces).Select(file => file.Find(name)).OfType<StoredTensor>()]
            : [found];
    }

    /// <summary>Whether a folder holds what <see cref="Open(string)"/> opens.</summary>
    public static bool IsPresent(string folder) =>
        File.Exists(System.IO.Path.Combine(folder, IndexName)) || ListFiles(folder).Count > 0;

    public static SafetensorsFolder Open(string folder)
    {
        if (!Directory.Exists(folder))
            throw new PoiseException(File.Exists(folder) ? $"{folder} is a file; a folder was expected." : $"{folder} does not exist.");
        string index = System.IO.Path.Combine(folder, IndexName);
        if (File.Exists(index)) return OpenIndex(folder, MappedFile.Open(index));

        List<string> names = ListFiles(folder);
        if (names.Contains(SingleName)) names = [SingleName];
        if (names.Count == 0) throw new PoiseException($"{folder} holds no safetensors files.");
        return Build(folder, names, MappedFile.Open, result => result.AddAll());
    }

    internal static SafetensorsFolder OpenIndex(string folder, ByteSource index) => OpenIndex(folder, index, ListFiles(folder), MappedFile.Open);

    /// <summary>Takes ownership of <paramref name="index"/> and of what <paramref name="openFile"/> returns.</summary>
    /// <param name="present">The names of the files in the folder.</param>
    internal static SafetensorsFolder OpenIndex(string folder, ByteSource index, IEnumerable<string> present, Func<string, ByteSource> openFile)
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
                throw new ModelFileException(map.Path, "weight_map", $"one of the files cannot be opened: {e.Message}", e);
            }
        }
        HashSet<string> pieces = [.. map.Files.Select(PiecesOf).OfType<string>()];
        IEnumerable<string> siblings = present.Where(name => PiecesOf(name) is { } prefix && pieces.Contains(prefix));
        string[] names = [.. map.Files.Union(siblings, StringComparer.Ordinal).Order(StringComparer.Ordinal)];
        return Build(folder, names, OpenShard, result => result.AddMapped(map));
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

    void AddAll()
    {
        foreach (StoredTensor tensor in _files.SelectMany(file => file.Tensors))
        {
            if (_byName.TryAdd(tensor.Name, tensor)) _tensors.Add(tensor);
            else if (PiecesOf(tensor.File) is not { } pieces || PiecesOf(_byName[tensor.Name].File) != pieces)
                throw new ModelFileException(tensor.File, ErrorText.Clean(tensor.Name),
                    $"this tensor is also in {_byName[tensor.Name].File}, and there is no {IndexName} that says which one to take");
        }
    }

    void AddMapped(SafetensorsIndex index)
    {
        Dictionary<string, SafetensorsFile> files = _files.ToDictionary(file => System.IO.Path.GetFileName(file.Path), StringComparer.Ordinal);
        foreach ((string name, string file) in index.Map)
            _byName.Add(name, files[file].Find(name) ??
                throw new ModelFileException(index.Path, $"weight_map.{ErrorText.Clean(name)}", $"{ErrorText.Clean(file)} does not hold this tensor"));
        foreach (StoredTensor tensor in _files.SelectMany(file => file.Tensors))
        {
            StoredTensor? mapped = Find(tensor.Name);
            if (mapped == tensor) _tensors.Add(tensor);
            else if (mapped is null) _unmapped.Add(tensor);
        }
    }

    /// <summary>What files with pieces of the same tensors have in common in their names; null for other files.</summary>
    static string? PiecesOf(string path)
    {
        Match match = PiecePattern().Match(path);
        return match.Success ? match.Groups["prefix"].Value : null;
    }

    /// <summary>The names of the files of a kind in a folder, sorted.</summary>
    internal static List<string> ListFiles(string folder, string pattern = "*.safetensors")
    {
        try
        {
            return [.. Directory.EnumerateFiles(folder, pattern).Select(path => System.IO.Path.GetFileName(path)).Order(StringComparer.Ordinal)];
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

    [GeneratedRegex(@"^(?<prefix>.*)-TP-[0-9]{3}\.safetensors$", RegexOptions.CultureInvariant | RegexOptions.Singleline)]
    private static partial Regex PiecePattern();
}
