namespace Poise.Tensors.Formats;

/// <summary>
/// A folder that appears whole or not at all: filled beside its final place, flushed to the disk, then renamed. The files in it
/// are written by <see cref="AtomicFile"/>, which flushes each. A killed process leaves a folder that <see cref="DeleteLeftovers"/> finds.
/// </summary>
public sealed class AtomicFolder : IDisposable
{
    const string Prefix = ".poise-", Suffix = ".tmp";

    readonly string _path;
    bool _committed;

    /// <param name="path">Must not exist: a folder is never written over.</param>
    public AtomicFolder(string path)
    {
        _path = Path.GetFullPath(path);
        // In the same folder: a rename is atomic only within a file system.
        TemporaryPath = NameBeside(_path);
        Guard(_path, () => Directory.CreateDirectory(TemporaryPath));
    }

    /// <summary>Where the files are to be written.</summary>
    public string TemporaryPath { get; }

    public void Commit()
    {
        OperatingSystemCalls.FlushFolder(TemporaryPath);
        Guard(_path, () => Directory.Move(TemporaryPath, _path));
        _committed = true;
        OperatingSystemCalls.FlushFolder(Path.GetDirectoryName(_path)!);
    }

    /// <summary>Deletes what processes that were killed left in a folder. Nobody else may be writing there.</summary>
    public static void DeleteLeftovers(string folder)
    {
        foreach (string path in Directory.EnumerateDirectories(folder, $"{Prefix}*{Suffix}")) TryDelete(path);
    }

    /// <summary>Deletes a folder so that it is there whole or not at all: renamed first, then emptied.</summary>
    public static void Delete(string path)
    {
        string full = Path.GetFullPath(path), aside = NameBeside(full);
        Guard(full, () => Directory.Move(full, aside));
        TryDelete(aside);
    }

    static string NameBeside(string path) => Path.Combine(Path.GetDirectoryName(path)!, $"{Prefix}{Guid.NewGuid():N}{Suffix}");

    public void Dispose()
    {
        if (!_committed) TryDelete(TemporaryPath);
    }

    static void TryDelete(string path)
    {
        try
        {
            Directory.Delete(path, recursive: true);
        }
        catch (Exception e) when (WriteFailure.Is(e))
        {
            // A leftover takes room and hurts nobody; the error that led here, if any, matters more.
        }
    }

    static void Guard(string path, Action action)
    {
        try
        {
            action();
        }
        catch (Exception e) when (WriteFailure.Is(e))
        {
            throw new PoiseException(WriteFailure.Explain(path, e), e);
        }
    }
}
