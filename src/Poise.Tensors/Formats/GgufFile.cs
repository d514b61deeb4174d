using System.Globalization;
using System.Text.RegularExpressions;

namespace Poise.Tensors.Formats;

/// <summary>A GGUF model: one file, or several parts (NAME-00001-of-0000N.gguf) opened through the first.</summary>
public sealed partial class GgufFile : Checkpoint
{
    readonly List<ByteSource> _sources;
    readonly StoredTensor[] _tensors;
    readonly Dictionary<string, StoredTensor> _byName;

    GgufFile(List<ByteSource> sources, GgufPart first, StoredTensor[] tensors, Dictionary<string, StoredTensor> byName)
    {
        _sources = sources;
        _tensors = tensors;
        _byName = byName;
        Metadata = first.Metadata;
        Version = first.Version;
        Path = first.Source.Path;
    }

    public override string Path { get; }

    public override IReadOnlyList<StoredTensor> Tensors => _tensors;

    /// <summary>The keys of the (first) file.</summary>
    public GgufMetadata Metadata { get; }

    /// <summary>2 or 3.</summary>
    public int Version { get; }

    /// <summary>How many files it is split into; 1 where it is not split.</summary>
    public int PartCount => _sources.Count;

    public override StoredTensor? Find(string name) => _byName.GetValueOrDefault(name);

    public static GgufFile Open(string path) => Open(MappedFile.Open(path), MappedFile.Open);

    /// <summary>Takes ownership of <paramref name="source"/> and of what <paramref name="openPart"/> returns.</summary>
    internal static GgufFile Open(ByteSource source, Func<string, ByteSource> openPart)
    {
        var sources = new List<ByteSource> { source };
        try
        {
            GgufPart first = GgufPart.Read(source);
            int count = (int)(first.Metadata.FindInteger("split.count", 0, ushort.MaxValue) ?? 1);
            if (count <= 1) return new GgufFile(sources, first, first.Tensors, Index(first.Tensors));

            string prefix = CheckFirst(first, count);
            var tensors = new List<StoredTensor>(first.Tensors);
            for (int number = 1; number < count; number++)
            {
                string name = PartName(prefix, number, count);
                ByteSource part = OpenPart(first, System.IO.Path.Combine(System.IO.Path.GetDirectoryName(source.Path) ?? "", name), openPart);
                sources.Add(part);
                tensors.AddRange(ReadPart(part, number, count).Tensors);
            }
            if (first.Metadata.FindInteger("split.tensors.count", 0, long.MaxValue) is { } total && total != tensors.Count)
                throw new ModelFileException(source.Path, "split.tensors.count", $"says {total} tensors; the {count} files hold {tensors.Count}");
            return new GgufFile(sources, first, [.. tensors], Index(tensors));
        }
        catch
        {
            foreach (ByteSource s in sources) s.Dispose();
            throw;
        }
    }

    /// <summary>Whether the name is that of a part after the first.</summary>
    internal static bool IsLaterPart(string path)
    {
        string name = System.IO.Path.GetFileName(path);
        return PartPattern().IsMatch(name) && !name.Contains("-00001-of-", StringComparison.Ordinal);
    }

    internal static string PartName(string prefix, int number, int count) =>
        string.Create(CultureInfo.InvariantCulture, $"{prefix}-{number + 1:D5}-of-{count:D5}.gguf");

    /// <summary>Checks that this is the first part, and returns its name without the numbers.</summary>
    static string CheckFirst(GgufPart first, int count)
    {
        string name = System.IO.Path.GetFileName(first.Source.Path);
        long number = first.Metadata.FindInteger("split.no", 0, ushort.MaxValue) ?? 0;
        Match match = PartPattern().Match(name);
        if (!match.Success)
            throw new ModelFileException(first.Source.Path, "split.count",
                $"this is file {number + 1} of {count}; to find the others its name must end in \"{PartName("", (int)number, count)}\"");
        string prefix = match.Groups["prefix"].Value;
        if (number != 0)
            throw new ModelFileException(first.Source.Path, "split.no",
                $"this is file {number + 1} of {count}; open the first, {PartName(prefix, 0, count)}");
        if (name != PartName(prefix, 0, count))
            throw new ModelFileException(first.Source.Path, "split.count",
                $"this is file 1 of {count} by its keys; its name should be {PartName(prefix, 0, count)}");
        return prefix;
    }

    static ByteSource OpenPart(GgufPart first, string path, Func<string, ByteSource> openPart)
    {
        try
        {
            return openPart(path);
        }
        catch (PoiseException e) when (e is not ModelFileException)
        {
            throw new ModelFileException(first.Source.Path, "split.count", $"one of the split files cannot be opened: {e.Message}", e);
        }
    }

    static GgufPart ReadPart(ByteSource source, int number, int count)
    {
        GgufPart part = GgufPart.Read(source);
        if (part.Metadata.FindInteger("split.count", 0, ushort.MaxValue) != count)
            throw new ModelFileException(source.Path, "split.count", $"expected {count} as in the first file");
        if (part.Metadata.FindInteger("split.no", 0, ushort.MaxValue) != number)
            throw new ModelFileException(source.Path, "split.no", $"expected {number}, the number in its name less one");
        return part;
    }

    static Dictionary<string, StoredTensor> Index(IReadOnlyCollection<StoredTensor> tensors)
    {
        var byName = new Dictionary<string, StoredTensor>(tensors.Count, StringComparer.Ordinal);
        foreach (StoredTensor tensor in tensors)
            if (!byName.TryAdd(tensor.Name, tensor))
                throw new ModelFileException(tensor.File, ErrorText.Clean(tensor.Name), $"this tensor occurs twice, also in {byName[tensor.Name].File}");
        return byName;
    }

    protected override void Dispose(bool disposing)
    {
        foreach (ByteSource source in _sources) source.Dispose();
    }

    [GeneratedRegex(@"^(?<prefix>.*)-[0-9]{5}-of-[0-9]{5}\.gguf$", RegexOptions.CultureInvariant | RegexOptions.Singleline)]
    private static partial Regex PartPattern();
}
