using System.Runtime.InteropServices;

namespace Poise.Tensors;

/// <summary>Memory outside the garbage collector's heap, aligned to a cache line (to 2 MB where large), not cleared.</summary>
public sealed unsafe class NativeBuffer : IDisposable
{
    const int HugePage = 2 << 20;
    const int AdviseHugePages = 14; // MADV_HUGEPAGE on Linux

    byte* _pointer;

    public NativeBuffer(long bytes)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(bytes);
        Length = bytes;
        nuint alignment = bytes >= HugePage ? (nuint)HugePage : 64;
        try
        {
            _pointer = (byte*)NativeMemory.AlignedAlloc((nuint)Math.Max(bytes, 1), alignment);
        }
        catch (OutOfMemoryException)
        {
            throw new PoiseException($"Out of memory: {bytes / (1024.0 * 1024 * 1024):0.0} GiB could not be reserved. Close other programs, or choose a smaller context or model.");
        }

        // Large pages cut the cost of first touch (a fault per 2 MB instead of per 4 kB); only a hint.
        if (bytes >= HugePage && OperatingSystem.IsLinux())
            _ = MemoryAdvise(_pointer, (nuint)(bytes / HugePage * HugePage), AdviseHugePages);
        GC.AddMemoryPressure(Math.Max(1, Math.Min(bytes, 1 << 20)));
    }

    ~NativeBuffer() => Free();

    public long Length { get; }

    internal byte* Pointer => _pointer;

    internal float* Floats => (float*)_pointer;

    public Span<float> AsFloats(long start, int count)
    {
        if (start < 0 || count < 0 || (start + count) * sizeof(float) > Length) throw new ArgumentOutOfRangeException(nameof(start));
        return new Span<float>(Floats + start, count);
    }

    public void Dispose()
    {
        Free();
        GC.SuppressFinalize(this);
    }

    void Free()
    {
        if (_pointer is null) return;
        NativeMemory.AlignedFree(_pointer);
        _pointer = null;
        GC.RemoveMemoryPressure(Math.Max(1, Math.Min(Length, 1 << 20)));
    }

    [DllImport("libc", EntryPoint = "madvise")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    static extern int MemoryAdvise(void* address, nuint length, int advice);
}
