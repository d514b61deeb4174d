using System.Runtime.InteropServices;
using Poise.Tensors.Formats;

namespace Poise.Tests.Formats;

/// <summary>
/// Memory for byte sources that lie directly against an inaccessible page (on Linux and macOS), so that a read outside a file ends the test
/// run instead of passing unseen.
/// </summary>
sealed unsafe partial class GuardedArena : IDisposable
{
    public const int SlotBytes = 1 << 16;
    const int SlotCount = 8;

    readonly nuint _page = (nuint)Environment.SystemPageSize;
    readonly byte* _memory;
    int _used;

    public GuardedArena()
    {
        nuint stride = SlotBytes + _page;
        nuint length = (stride * SlotCount) + _page;
        if (!IsGuarded)
        {
            _memory = (byte*)NativeMemory.AllocZeroed(length);
            return;
        }
        // MAP_PRIVATE | MAP_ANONYMOUS, whose values differ between the systems.
        _memory = (byte*)Map(0, length, 3, OperatingSystem.IsMacOS() ? 0x1002 : 0x22, -1, 0);
        Assert.NotEqual(-1, (nint)_memory);
        for (nuint i = 0; i <= SlotCount; i++) Assert.Equal(0, Protect((nuint)_memory + (i * stride), _page, 0));
    }

    public static bool IsGuarded => OperatingSystem.IsLinux() || OperatingSystem.IsMacOS();

    /// <summary>Copies bytes so that they end at a guard page, or begin behind one.</summary>
    public ByteSource Place(string path, ReadOnlySpan<byte> bytes, bool atEnd)
    {
        Assert.InRange(bytes.Length, 0, SlotBytes);
        Assert.InRange(_used, 0, SlotCount - 1);
        byte* start = _memory + _page + ((nuint)_used++ * (SlotBytes + _page));
        if (atEnd) start += SlotBytes - bytes.Length;
        bytes.CopyTo(new Span<byte>(start, bytes.Length));
        return new Source(path, start, bytes.Length);
    }

    /// <summary>Forgets all sources.</summary>
    public void Clear() => _used = 0;

    public void Dispose()
    {
        if (IsGuarded) _ = Unmap((nuint)_memory, ((SlotBytes + _page) * SlotCount) + _page);
        else NativeMemory.Free(_memory);
    }

    sealed class Source : ByteSource
    {
        public Source(string path, byte* pointer, long length) : base(path)
        {
            Pointer = pointer;
            Length = length;
        }
    }

    [LibraryImport("libc", EntryPoint = "mmap")]
    private static partial nint Map(nuint address, nuint length, int protection, int flags, int descriptor, long offset);

    [LibraryImport("libc", EntryPoint = "mprotect")]
    private static partial int Protect(nuint address, nuint length, int protection);

    [LibraryImport("libc", EntryPoint = "munmap")]
    private static partial int Unmap(nuint address, nuint length);
}
