using System.Runtime.InteropServices;

namespace Poise.Tensors.Matrices;

/// <summary>Hints to the system about mapped pages; nothing happens where it has no such call.</summary>
static unsafe class MappedMemory
{
    const int DontNeed = 4; // MADV_DONTNEED: on a read-only file mapping it only drops the pages from this process

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
