using System.IO.MemoryMappedFiles;
using Microsoft.Win32.SafeHandles;

namespace Poise.Tensors.Formats;

/// <summary>How mapped bytes will be used.</summary>
public enum MappedAdvice
{
    Normal = 0,
    Random = 1,
    Sequential = 2,
    WillNeed = 3,
    DoNotNeed = 4,
}

/// <summary>
/// A whole file, mapped read-only. Opening reads nothing; the operating system brings in pages as they are touched and may drop them again,
/// so a file may be larger than the memory. A file that another program shortens while it is mapped ends the process (SIGBUS); nothing
/// managed can prevent that.
/// </summary>
public sealed unsafe class MappedFile : ByteSource
{
    readonly MemoryMappedFile _file;
    readonly MemoryMappedViewAccessor _view;
    bool _acquired;

    MappedFile(string path, SafeFileHandle handle, long length) : base(path)
    {
        _file = MemoryMappedFile.CreateFromFile(handle, null, 0, MemoryMappedFileAccess.Read, HandleInheritability.None, leaveOpen: false);
        try
        {
            _view = _file.CreateViewAccessor(0, length, MemoryMappedFileAccess.Read);
            byte* pointer = null;
            _view.SafeMemoryMappedViewHandle.AcquirePointer(ref pointer);
            _acquired = true;
            Pointer = pointer + _view.PointerOffset;
            Length = length;
        }
        catch
        {
            _view?.Dispose();
            _file.Dispose();
            throw;
        }
    }

    public static MappedFile Open(string path)
    {
        if (Directory.Exists(path)) throw new PoiseException($"{path} is a folder; a file was expected.");
        try
        {
            // Also keeps pipes and devices from being opened, which could block: their length is 0.
            if (new FileInfo(path) is { Exists: true, Length: 0 }) throw new ModelFileException(path, "file", "it is empty");
            SafeFileHandle handle = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete);
            try
            {
                long length = RandomAccess.GetLength(handle);
                if (length == 0) throw new ModelFileException(path, "file", "it is empty");
                return new MappedFile(path, handle, length);
            }
            catch
            {
                handle.Dispose();
                throw;
            }
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new PoiseException($"{path} does not exist.", e);
        }
        catch (UnauthorizedAccessException e)
        {
            throw new PoiseException($"{path} cannot be read: permission denied.", e);
        }
        catch (Exception e) when (e is IOException or ArgumentException or NotSupportedException or OutOfMemoryException)
        {
            throw new PoiseException($"{path} cannot be opened: {e.Message}", e);
        }
    }

    /// <summary>Tells the operating system how these bytes will be used. A hint: it never fails, and does nothing on Windows.</summary>
    public void Advise(long offset, long length, MappedAdvice advice)
    {
        ObjectDisposedException.ThrowIf(Pointer is null, this);
        if (offset < 0 || length < 0 || offset > Length || length > Length - offset) throw new ArgumentOutOfRangeException(nameof(offset));
        OperatingSystemCalls.Advise(Pointer + offset, length, advice);
    }

    /// <summary>The same for the bytes of one tensor of an open checkpoint.</summary>
    public static void Advise(StoredTensor tensor, MappedAdvice advice) =>
        OperatingSystemCalls.Advise(tensor.Pointer, tensor.ByteLength, advice);

    private protected override void Dispose(bool disposing)
    {
        base.Dispose(disposing);
        if (!_acquired) return;
        _acquired = false;
        _view.SafeMemoryMappedViewHandle.ReleasePointer();
        _view.Dispose();
        _file.Dispose();
    }
}
