using System.Runtime.CompilerServices;

namespace Poise.Tensors.Kernels;

/// <summary>
/// exp and what follows from it, as FMA polynomials: the same bits on every CPU. Error of <see cref="Exp"/>: at most 2 units in
/// the last place over the normal range (tested against double arithmetic).
/// </summary>
static class Exponential
{
    const float Log2E = 1.44269504f;

    // ln 2 in two parts; the first has few enough bits that n * Ln2High is exact for |n| < 2^10.
    const float Ln2High = 0.693359375f;
    const float Ln2Low = -2.12194440e-4f;

    // 1.5 * 2^23: adding and subtracting rounds to the nearest whole number, ties to even, for |x| < 2^22.
    public const float Rounder = 12582912f;

    /// <summary>e^x: 0 below -104, infinity above 88.73.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TLanes Exp<TLanes>(TLanes x) where TLanes : struct, ILanes<TLanes>
    {
        x = TLanes.Min(TLanes.Max(x, TLanes.Broadcast(-104f)), TLanes.Broadcast(89f));
        TLanes rounder = TLanes.Broadcast(Rounder);
        TLanes n = TLanes.FusedMultiplyAdd(x, TLanes.Broadcast(Log2E), rounder) - rounder;
        TLanes r = TLanes.FusedMultiplyAdd(n, TLanes.Broadcast(-Ln2High), x);
        r = TLanes.FusedMultiplyAdd(n, TLanes.Broadcast(-Ln2Low), r);

        // Taylor to the 7th power: the rest is below 6e-9 for |r| <= ln(2)/2.
        TLanes p = TLanes.Broadcast(1f / 5040);
        p = TLanes.FusedMultiplyAdd(p, r, TLanes.Broadcast(1f / 720));
        p = TLanes.FusedMultiplyAdd(p, r, TLanes.Broadcast(1f / 120));
        p = TLanes.FusedMultiplyAdd(p, r, TLanes.Broadcast(1f / 24));
        p = TLanes.FusedMultiplyAdd(p, r, TLanes.Broadcast(1f / 6));
        p = TLanes.FusedMultiplyAdd(p, r, TLanes.Broadcast(0.5f));
        p = TLanes.FusedMultiplyAdd(p, r, TLanes.Broadcast(1f));
        p = TLanes.FusedMultiplyAdd(p, r, TLanes.Broadcast(1f));

        // 2^n in two factors, because n reaches from -150 to 128 and one exponent field does not.
        TLanes half = TLanes.FusedMultiplyAdd(n, TLanes.Broadcast(0.5f), rounder) - rounder;
        return p * TLanes.PowerOfTwo(half) * TLanes.PowerOfTwo(n - half);
    }

    /// <summary>1 / (1 + e^-x).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TLanes Sigmoid<TLanes>(TLanes x) where TLanes : struct, ILanes<TLanes>
    {
        TLanes one = TLanes.Broadcast(1f);
        return one / (one + Exp(TLanes.Broadcast(0f) - x));
    }
}
