using System.Runtime.CompilerServices;
using Poise.Tensors.Kernels;

namespace Poise.Benchmarks.Limits;

/// <summary>Fused multiply-adds of floats in registers, in chains enough to hide the latency of each.</summary>
static unsafe class FloatPeak
{
    /// <summary>Runs the loop; returns its multiply-adds.</summary>
    public static long Run(int turns) =>
        Lanes512.IsSupported ? Twelve<Lanes512>(turns) : Lanes256.IsSupported ? Six<Lanes256>(turns) : Six<Lanes128>(turns);

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    static long Twelve<TLanes>(int turns) where TLanes : struct, ILanes<TLanes>
    {
        TLanes f = TLanes.Broadcast(0.5f), a = TLanes.Broadcast(1), b = a, c = a, d = a, e = a, g = a, h = a, i = a, j = a, k = a, l = a, m = a;
        for (int n = 0; n < turns; n++)
        {
            a = TLanes.FusedMultiplyAdd(a, f, f);
            b = TLanes.FusedMultiplyAdd(b, f, f);
            c = TLanes.FusedMultiplyAdd(c, f, f);
            d = TLanes.FusedMultiplyAdd(d, f, f);
            e = TLanes.FusedMultiplyAdd(e, f, f);
            g = TLanes.FusedMultiplyAdd(g, f, f);
            h = TLanes.FusedMultiplyAdd(h, f, f);
            i = TLanes.FusedMultiplyAdd(i, f, f);
            j = TLanes.FusedMultiplyAdd(j, f, f);
            k = TLanes.FusedMultiplyAdd(k, f, f);
            l = TLanes.FusedMultiplyAdd(l, f, f);
            m = TLanes.FusedMultiplyAdd(m, f, f);
        }

        return Products(turns, 12, TLanes.Sum(a + b + c + d + e + g + h + i + j + k + l + m));
    }

    // Sixteen floats take two registers of 256 bits, and there are sixteen of those.
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    static long Six<TLanes>(int turns) where TLanes : struct, ILanes<TLanes>
    {
        TLanes f = TLanes.Broadcast(0.5f), a = TLanes.Broadcast(1), b = a, c = a, d = a, e = a, g = a;
        for (int n = 0; n < turns; n++)
        {
            a = TLanes.FusedMultiplyAdd(a, f, f);
            b = TLanes.FusedMultiplyAdd(b, f, f);
            c = TLanes.FusedMultiplyAdd(c, f, f);
            d = TLanes.FusedMultiplyAdd(d, f, f);
            e = TLanes.FusedMultiplyAdd(e, f, f);
            g = TLanes.FusedMultiplyAdd(g, f, f);
        }

        return Products(turns, 6, TLanes.Sum(a + b + c + d + e + g));
    }

    // Looking at the sums keeps the loop alive; they converge to whole numbers.
    static long Products(int turns, int chains, float sum) => float.IsFinite(sum) ? (long)turns * chains * 16 : 0;
}
