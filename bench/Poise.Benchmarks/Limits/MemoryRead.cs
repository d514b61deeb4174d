using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Poise.Cli.Measuring;
using Poise.Tensors;
using Poise.Tensors.Kernels;
using Poise.Tensors.Threading;

namespace Poise.Benchmarks.Limits;

/// <summary>Bandwidth of plain reads: loads, one logical operation each so that they count, and the kernels' own prefetch distance.</summary>
sealed unsafe class MemoryRead : IDisposable
{
    /// <summary>Far beyond any cache.</summary>
    public const long UsualBytes = 1L << 30;

    const int Piece = 1 << 18;

    readonly NativeBuffer _memory;
    readonly long[] _sinks = new long[1024];

    public MemoryRead(long bytes)
    {
        _memory = new NativeBuffer(bytes + Prefetching.Ahead);
        Bytes = bytes;
        for (long at = 0; at < bytes; at += Piece) new Span<byte>(_memory.Pointer + at, Piece).Fill((byte)(at >> 18));
    }

    public long Bytes { get; }

    /// <summary>GB/s.</summary>
    public Spread Measure(ComputePool pool, int rounds) => Rounds.Rates(rounds, Bytes / 1e9, () => Read(pool));

    /// <summary>Reads everything once.</summary>
    public void Read(ComputePool pool) => pool.For((int)(Bytes / Piece), 4, (start, end, worker) =>
        _sinks[worker % _sinks.Length] += Sum(_memory.Pointer + (long)start * Piece, (long)(end - start) * Piece));

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    static long Sum(byte* from, long bytes)
    {
        Vector512<byte> a = Vector512<byte>.Zero, b = a, c = a, d = a;
        for (byte* end = from + bytes; from < end; from += 256)
        {
            Prefetching.Lines(from + Prefetching.Ahead, 256);
            a |= Vector512.Load(from);
            b |= Vector512.Load(from + 64);
            c |= Vector512.Load(from + 128);
            d |= Vector512.Load(from + 192);
        }

        return (a | b | c | d).AsInt64()[0];
    }

    public void Dispose() => _memory.Dispose();
}
