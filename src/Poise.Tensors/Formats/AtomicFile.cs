namespace Poise.Tensors.Formats;

/// <summary>
/// A file that appears whole or not at all: written beside its final place, flushed to the disk, then renamed over.
/// Without <see cref="Commit"/> the old file, if any, stays as it was.
/// </summary>
public sealed class AtomicFile : IDisposable
{
    const int BufferBytes = 1 << 20;
    const string Prefix = ".poise-", Suffix = ".tmp";

    readonly string _path;
    readonly string _temporary;
    bool _flushed;
    bool _committed;

    public AtomicFile(string path)
    {
        _path = Path.GetFullPath(path);
        if (Directory.Exists(_path)) throw new PoiseException($"{path} is a folder; it cannot be written as a file.");
        // In the same folder: a rename is atomic only within a file system.
        _temporary = Path.Combine(Path.GetDirectoryName(_path)!, $"{Prefix}{Guid.NewGuid():N}{Suffix}");
        Stream = Guard(_path, () => new FileStream(_temporary, FileMode.CreateNew, FileAccess.Write, FileShare.None, BufferBytes));
    }

    public FileStream Stream { get; }

    /// <summary>Writes a file in one go.</summary>
    public static void Write(string path, Action<Stream> write)
    {
        using var file = new AtomicFile(path);
        Guard(path, () =>
        {
            write(file.Stream);
            return true;
        });
        file.Commit();
    }

    /// <summary>Copies a file; what is at its new place is replaced.</summary>
    public static void Copy(string from, string to) => Write(to, stream =>
    {
        using FileStream source = new(from, FileMode.Open, FileAccess.Read, FileShare.Read);
        source.CopyTo(stream);
    });

    /// <summary>Deletes what processes that were killed left in a folder, if there is one. Nobody else may be writing there.</summary>
    public static void DeleteLeftovers(string folder)
    {
        if (!Directory.Exists(folder)) return;
        foreach (string path in Directory.EnumerateFiles(folder, $"{Prefix}*{Suffix}")) TryDelete(path);
    }

    /// <summary>Brings the bytes to the disk and closes the stream. For several files that should appear together: flush all, then commit all.</summary>
    public void Flush()
    {
        if (_flushed) return;
        Guard(_path, () =>
        {
            Stream.Flush(flushToDisk: true);
            Stream.Dispose();
            return true;
        });
        _flushed = true;
    }

    public void Commit()
    {
        if (_committed) return;
        Flush();
        Guard(_path, () =>
        {
            File.Move(_temporary, _path, overwrite: true);
            return true;
        });
        _committed = true;
        OperatingSystemCalls.FlushFolder(Path.GetDirectoryName(_path)!);
    }

    public void Dispose()
    {
        if (_committed) return;
        try
        {
            Stream.Dispose();
        }
        catch (Exception e) when (WriteFailure.Is(e))
        {
            // The disk is full and the buffer cannot be written: the file is thrown away anyway.
        }
        TryDelete(_temporary);
    }

    static void TryDelete(string path)
    {
        try
        {
            File.Delete(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // A leftover takes room and hurts nobody; the error that led here, if any, matters more.
        }
    }

    static T Guard<T>(string path, Func<T> action)
    {
        try
        {
            return action();
        }
        catch (Exception e) when (WriteFailure.Is(e))
        {
            throw new PoiseException(WriteFailure.Explain(path, e), e);
        }
    }
}
