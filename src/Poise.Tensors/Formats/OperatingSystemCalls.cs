using System.Runtime.InteropServices;

namespace Poise.Tensors.Formats;

/// <summary>The few calls of the system's C library that .NET does not offer. All are hints or safety nets: a failure is ignored.</summary>
static unsafe partial class OperatingSystemCalls
{
    static bool IsAvailable => OperatingSystem.IsLinux() || OperatingSystem.IsMacOS();

    public static void Advise(byte* address, long length, MappedAdvice advice)
    {
        if (!IsAvailable || length <= 0) return;
        nuint page = (nuint)Environment.SystemPageSize;
        nuint start = (nuint)address;
        nuint end = start + (nuint)length;
        // madvise wants whole pages. A page shared with a neighbour is fetched with its neighbour but not dropped with it.
        if (advice == MappedAdvice.DoNotNeed) (start, end) = ((start + page - 1) & ~(page - 1), end & ~(page - 1));
        else start &= ~(page - 1);
        // The values of the enumeration are those of Linux and macOS alike.
        if (end > start) _ = MemoryAdvise(start, end - start, (int)advice);
    }

    /// <summary>
    /// Has the disk read a range while the program goes on. In pieces: Linux takes no more of one piece of advice than a
    /// request to the disk may hold. Nothing on Windows, where pages are read as they are touched.
    /// </summary>
    public static void ReadAhead(byte* address, long length)
    {
        const long Piece = 512 << 10;
        for (long offset = 0; offset < length; offset += Piece) Advise(address + offset, Math.Min(Piece, length - offset), MappedAdvice.WillNeed);
    }

    /// <summary>Has the pages of a range mapped at once: a fault per 4 kB costs more than reading them. Linux only; before 5.14 it refuses, and pages fault one by one.</summary>
    public static void Populate(byte* address, long length)
    {
        const int PopulateRead = 22; // MADV_POPULATE_READ
        if (!OperatingSystem.IsLinux() || length <= 0) return;
        nuint start = (nuint)address & ~((nuint)Environment.SystemPageSize - 1);
        _ = MemoryAdvise(start, (nuint)address + (nuint)length - start, PopulateRead);
    }

    /// <summary>Makes a rename in this folder survive a power cut.</summary>
    public static void FlushFolder(string folder)
    {
        if (!IsAvailable) return;
        int descriptor = OpenDescriptor(folder, 0);
        if (descriptor < 0) return;
        _ = FlushDescriptor(descriptor);
        _ = CloseDescriptor(descriptor);
    }

    [LibraryImport("libc", EntryPoint = "madvise")]
    private static partial int MemoryAdvise(nuint address, nuint length, int advice);

    // open takes a third, variadic argument only when it creates a file.
    [LibraryImport("libc", EntryPoint = "open", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int OpenDescriptor(string path, int flags);

    [LibraryImport("libc", EntryPoint = "fsync")]
    private static partial int FlushDescriptor(int descriptor);

    [LibraryImport("libc", EntryPoint = "close")]
    private static partial int CloseDescriptor(int descriptor);
}
