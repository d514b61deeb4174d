using System.Runtime.InteropServices;

namespace Poise.Tensors;

/// <summary>Memory outside the garbage collector's heap, aligned to a cache line (to 2 MB where large).</summary>
public sealed unsafe class NativeBuffer : IDisposable
{
    const int HugePage = 2 << 20;
    const int AdviseHugePages = 14; // MADV_HUGEPAGE on Linux

    byte* _pointer;
    void* _zeroed;

    /// <param name="bytes">Its length.</param>
    /// <param name="cleared">All zeros. The system hands large zeroed memory out page by page, so what is never used costs nothing.</param>
    public NativeBuffer(long bytes, bool cleared = false)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(bytes);
        Length = bytes;
        nuint alignment = bytes >= HugePage ? (nuint)HugePage : 64;
        try
        {
            if (cleared)
            {
                _zeroed = NativeMemory.AllocZeroed((nuint)bytes + 64);
                _pointer = (byte*)(((nuint)_zeroed + 63) & ~(nuint)63);
                return;
            }

            _pointer = (byte*)NativeMemory.AlignedAlloc((nuint)Math.Max(bytes, 1), alignment);
        }
        catch (OutOfMemoryException)
        {
            throw new PoiseException($"Out of memory: {bytes / (1024.0 * 1024 * 1024):0.0} GiB could not be reserved. Close other programs, or choose a smaller context or model.");
        }

        // Large pages cut the cost of first touch (a fault per 2 MB instead of per 4 kB); only a hint.
        if (bytes >= HugePage && OperatingSystem.IsLinux())
            _ = MemoryAdvise(_pointer, (nuint)(bytes / HugePage * HugePage), AdviseHugePages);
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
        if (_zeroed is not null) NativeMemory.Free(_zeroed);
        else NativeMemory.AlignedFree(_pointer);
        _pointer = null;
    }

    [DllImport("libc", EntryPoint = "madvise")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    static extern int MemoryAdvise(void* address, nuint length, int advice);
}
