using System.Runtime.InteropServices;

namespace Poise.Tensors.Kernels;

/// <summary>
/// Memory for machine code, for as long as the process lives. It is written first and made executable then, never both at once.
/// A system may refuse (SELinux without execmem, systemd's MemoryDenyWriteExecute, a hardened macOS process).
/// </summary>
static unsafe partial class ExecutableMemory
{
    // Linux and macOS.
    const int Read = 1, Write = 2, Execute = 4, Private = 2;
    const int AnonymousLinux = 0x20, AnonymousMac = 0x1000;

    // Windows.
    const uint Commit = 0x1000, Reserve = 0x2000, ReadWritePages = 0x04, ExecuteReadPages = 0x20, Release = 0x8000;

    /// <summary>Where the code now is, or 0 where the system refuses.</summary>
    public static nint Place(ReadOnlySpan<byte> code)
    {
        if (OperatingSystem.IsWindows()) return PlaceOnWindows(code);
        return OperatingSystem.IsLinux() || OperatingSystem.IsMacOS() ? PlaceOnUnix(code) : 0;
    }

    static nint PlaceOnUnix(ReadOnlySpan<byte> code)
    {
        nuint length = (nuint)code.Length;
        nint memory = MapMemory(0, length, Read | Write, Private | (OperatingSystem.IsMacOS() ? AnonymousMac : AnonymousLinux), -1, 0);
        if (memory is -1 or 0) return 0;
        code.CopyTo(new Span<byte>((void*)memory, code.Length));
        if (ProtectMemory(memory, length, Read | Execute) == 0) return memory;
        _ = UnmapMemory(memory, length);
        return 0;
    }

    static nint PlaceOnWindows(ReadOnlySpan<byte> code)
    {
        nuint length = (nuint)code.Length;
        nint memory = VirtualAlloc(0, length, Commit | Reserve, ReadWritePages);
        if (memory == 0) return 0;
        code.CopyTo(new Span<byte>((void*)memory, code.Length));
        if (VirtualProtect(memory, length, ExecuteReadPages, out _) != 0 && FlushInstructionCache(GetCurrentProcess(), memory, length) != 0) return memory;
        _ = VirtualFree(memory, 0, Release);
        return 0;
    }

    [LibraryImport("libc", EntryPoint = "mmap")]
    private static partial nint MapMemory(nint address, nuint length, int protection, int flags, int descriptor, nint offset);

    [LibraryImport("libc", EntryPoint = "mprotect")]
    private static partial int ProtectMemory(nint address, nuint length, int protection);

    [LibraryImport("libc", EntryPoint = "munmap")]
    private static partial int UnmapMemory(nint address, nuint length);

    [LibraryImport("kernel32")]
    private static partial nint VirtualAlloc(nint address, nuint size, uint type, uint protection);

    [LibraryImport("kernel32")]
    private static partial int VirtualProtect(nint address, nuint size, uint protection, out uint before);

    [LibraryImport("kernel32")]
    private static partial int VirtualFree(nint address, nuint size, uint type);

    [LibraryImport("kernel32")]
    private static partial int FlushInstructionCache(nint process, nint address, nuint size);

    [LibraryImport("kernel32")]
    private static partial nint GetCurrentProcess();
}
