using System.Runtime.InteropServices;

namespace Poise.Tensors.Matrices;

/// <summary>Hints to the system about mapped pages; nothing happens where it has no such call.</summary>
static unsafe class MappedMemory
{
    const int DontNeed = 4; // MADV_DONTNEED: on a read-only file mapping it only drops the pages from this process

    const int PopulateRead = 22; // MADV_POPULATE_READ, Linux 5.14: maps and reads all pages in one call; older systems refuse, and fault page by page

    /// <summary>Has the pages of a range mapped at once: a fault per 4 kB costs more than reading them.</summary>
    public static void Populate(byte* address, long bytes)
    {
        if (!OperatingSystem.IsLinux() || bytes <= 0) return;
        long page = Environment.SystemPageSize, start = (long)address / page * page;
        _ = MemoryAdvise((void*)start, (nuint)((long)address + bytes - start), PopulateRead);
    }

    public static void Release(byte* address, long bytes)
    {
        if (!OperatingSystem.IsLinux()) return;
        long page = Environment.SystemPageSize;
        long start = ((long)address + page - 1) / page * page, end = ((long)address + bytes) / page * page;
        if (end > start) _ = MemoryAdvise((void*)start, (nuint)(end - start), DontNeed);
    }

    [DllImport("libc", EntryPoint = "madvise")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    static extern int MemoryAdvise(void* address, nuint length, int advice);
}
