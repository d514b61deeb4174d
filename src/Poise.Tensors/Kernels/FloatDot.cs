using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;

namespace Poise.Tensors.Kernels;

/// <summary>
/// F32 dot products in the contract's order: element k in lane k mod 16, FMA throughout, lanes summed by the fixed tree.
/// A ragged tail counts as if padded with zeros. For many rows on both sides see <see cref="FloatTile"/>.
/// </summary>
static unsafe class FloatDot
{
    /// <summary>
    /// sums[i] = the sixteen lanes of rows[i] . x for four rows of <paramref name="count"/> elements, which are widened in the
    /// register; <see cref="FloatTile.Store"/> adds them up.
    /// </summary>
    /// <param name="chunk">Bytes from 32 elements of a row to the next 32: more than they take where other rows' lie between.</param>
    /// <param name="next">
    /// Where the next four rows lie, one behind the other: they are asked for in the order of memory while these are read
    /// side by side, so that no stream stops at the end of a page.
    /// </param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    public static void Four<TLanes, TWeights>(byte* a, byte* b, byte* c, byte* d, float* x, int count, long chunk, byte* next, float* sums)
        where TLanes : struct, ILanes<TLanes>
        where TWeights : struct, IFloatWeights
    {
        TLanes sa = TLanes.Broadcast(0), sb = sa, sc = sa, sd = sa;
        float* end = x + (count & ~31);
        while (x < end)
        {
            // Written out: in a loop the JIT keeps it one, and gives up widening F16 in place.
            if (Sse.IsSupported)
            {
                Sse.Prefetch0(next);
                Sse.Prefetch0(next + 64);
                Sse.Prefetch0(next + 128);
                Sse.Prefetch0(next + 192);
                if (TWeights.Bytes == 4)
                {
                    Sse.Prefetch0(next + 256);
                    Sse.Prefetch0(next + 320);
                    Sse.Prefetch0(next + 384);
                    Sse.Prefetch0(next + 448);
                }
            }

            next += 4 * 32 * TWeights.Bytes;
            TLanes v = TLanes.Load(x);
            sa = TLanes.FusedMultiplyAdd(TWeights.Load<TLanes>(a), v, sa);
            sb = TLanes.FusedMultiplyAdd(TWeights.Load<TLanes>(b), v, sb);
            sc = TLanes.FusedMultiplyAdd(TWeights.Load<TLanes>(c), v, sc);
            sd = TLanes.FusedMultiplyAdd(TWeights.Load<TLanes>(d), v, sd);
            v = TLanes.Load(x + 16);
            sa = TLanes.FusedMultiplyAdd(TWeights.Load<TLanes>(a + 16 * TWeights.Bytes), v, sa);
            sb = TLanes.FusedMultiplyAdd(TWeights.Load<TLanes>(b + 16 * TWeights.Bytes), v, sb);
            sc = TLanes.FusedMultiplyAdd(TWeights.Load<TLanes>(c + 16 * TWeights.Bytes), v, sc);
            sd = TLanes.FusedMultiplyAdd(TWeights.Load<TLanes>(d + 16 * TWeights.Bytes), v, sd);
            x += 32;
            a += chunk;
            b += chunk;
            c += chunk;
            d += chunk;
        }

        TLanes.Store(sa, sums);
        TLanes.Store(sb, sums + 16);
        TLanes.Store(sc, sums + 32);
        TLanes.Store(sd, sums + 48);
        // By way of memory: a call in this method would keep the sums of the loop above there too.
        for (int rest = count & 31; rest > 0; rest -= 16, x += 16)
        {
            Step<TLanes, TWeights>(a, x, rest, sums);
            Step<TLanes, TWeights>(b, x, rest, sums + 16);
            Step<TLanes, TWeights>(c, x, rest, sums + 32);
            Step<TLanes, TWeights>(d, x, rest, sums + 48);
            a += 16 * TWeights.Bytes;
            b += 16 * TWeights.Bytes;
            c += 16 * TWeights.Bytes;
            d += 16 * TWeights.Bytes;
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    static void Step<TLanes, TWeights>(byte* row, float* x, int count, float* sums)
        where TLanes : struct, ILanes<TLanes>
        where TWeights : struct, IFloatWeights =>
        TLanes.Store(TLanes.FusedMultiplyAdd(Some<TLanes, TWeights>(row, count), Some<TLanes, F32Weights>((byte*)x, count), TLanes.Load(sums)), sums);

    /// <summary>a . x over <paramref name="count"/> floats.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float One<TLanes>(float* a, float* x, int count) where TLanes : struct, ILanes<TLanes>
    {
        TLanes sum = TLanes.Broadcast(0);
        int whole = count & ~15;
        for (int k = 0; k < whole; k += 16) sum = TLanes.FusedMultiplyAdd(TLanes.Load(a + k), TLanes.Load(x + k), sum);
        if (whole < count) sum = TLanes.FusedMultiplyAdd(Tail<TLanes>(a + whole, count - whole), Tail<TLanes>(x + whole, count - whole), sum);
        return TLanes.Sum(sum);
    }

    /// <summary>Fewer than 16 floats, padded with zeros.</summary>
    public static TLanes Tail<TLanes>(float* source, int count) where TLanes : struct, ILanes<TLanes> => Some<TLanes, F32Weights>((byte*)source, count);

    /// <summary>The first 16 of <paramref name="count"/> elements; fewer are padded with zeros.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static TLanes Some<TLanes, TWeights>(byte* source, int count)
        where TLanes : struct, ILanes<TLanes>
        where TWeights : struct, IFloatWeights
    {
        float* padded = stackalloc float[16];
        for (int i = 0; i < 16; i++) padded[i] = i < count ? TWeights.Value(source + i * TWeights.Bytes) : 0;
        return TLanes.Load(padded);
    }
}
