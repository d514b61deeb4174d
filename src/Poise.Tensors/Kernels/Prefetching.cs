using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;

namespace Poise.Tensors.Kernels;

/// <summary>Asking for memory before it is needed.</summary>
static unsafe class Prefetching
{
    /// <summary>Bytes ahead: further than the hardware prefetcher looks, which stops at a 4 kB page; measured in docs/log.md.</summary>
    public const int Ahead = 12288;

    /// <summary>Every cache line of a range; nothing where the CPU has no such instruction.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Lines(byte* address, int bytes)
    {
        if (!Sse.IsSupported) return;
        for (int offset = 0; offset < bytes; offset += 64) Sse.Prefetch0(address + offset);
    }

    /// <summary>The same of 128 bytes, with no loop, whose steps would cost a fast kernel more than the arithmetic does.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void TwoLines(byte* address)
    {
        if (!Sse.IsSupported) return;
        Sse.Prefetch0(address);
        Sse.Prefetch0(address + 64);
    }
}
