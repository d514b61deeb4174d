using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Poise.Tensors.Kernels;

/// <summary>
/// e^((logit - largest) / temperature) over whole vocabularies, in double precision out of IEEE operations alone: the same bits
/// at every vector width. <see cref="Exp(double)"/> is the scalar reference.
/// </summary>
static class ExponentialWeights
{
    /// <summary>The weight of the largest logit: 2^41. Four million weights, the largest vocabulary allowed, add up exactly in 64 bits, in any order.</summary>
    public const ulong One = 1UL << FractionBits;

    const int FractionBits = 41;
    const int Lanes = 8;
    const double Log2E = 1.44269504088896340736;
    const double Ln2High = 0.693147180369123816490; // upper 33 bits of ln 2
    const double Ln2Low = 1.90821492927058770002e-10;

    // 1.5 * 2^52: adding it rounds to a whole number, ties to even, and leaves that number in the low bits.
    const double Rounder = 6755399441055744;

    // 2^52: adding it to 0 .. 2^51 leaves the rounded number in the fraction.
    const double Fraction = 4503599627370496;

    // Below this a weight rounds to 0 with room to spare; a sum of at least 1 does not feel e^-700 either.
    const double LowestWeight = -64, LowestTerm = -700;

    /// <summary>e^z for -700 &lt;= z &lt;= 0; below that e^-700.</summary>
    public static double Exp(double z) => Exp(Vector256.Create(z), LowestTerm, 0)[0];

    /// <summary>The weight of one logit as a fraction of <see cref="One"/>, rounded to the nearest, ties to even.</summary>
    public static ulong Weight(float logit, float largest, double temperature) =>
        Round(Exp(Vector256.Create(((double)logit - largest) / temperature), LowestWeight, FractionBits))[0];

    /// <summary>weights[i] = round(2^41 * e^((logits[i] - largest) / temperature)). No logit above the largest, none NaN; the largest finite.</summary>
    public static void Fill(ReadOnlySpan<float> logits, float largest, double temperature, Span<ulong> weights)
    {
        if (weights.Length < logits.Length) throw new ArgumentException("fewer weights than logits", nameof(weights));
        ref float source = ref MemoryMarshal.GetReference(logits);
        ref ulong target = ref MemoryMarshal.GetReference(weights);
        Vector256<double> top = Vector256.Create((double)largest), divisor = Vector256.Create(temperature);
        int i = 0;
        for (; i <= logits.Length - Lanes; i += Lanes)
        {
            (Vector256<double> low, Vector256<double> high) = Vector256.Widen(Vector256.LoadUnsafe(ref source, (nuint)i));
            Round(Exp((low - top) / divisor, LowestWeight, FractionBits)).StoreUnsafe(ref target, (nuint)i);
            Round(Exp((high - top) / divisor, LowestWeight, FractionBits)).StoreUnsafe(ref target, (nuint)i + Lanes / 2);
        }

        for (; i < logits.Length; i++) weights[i] = Weight(logits[i], largest, temperature);
    }

    /// <summary>
    /// The sum of e^(logits[i] - largest): term i in lane i mod 8, lanes by the tree i + (i + 4), then 2, then 1.
    /// </summary>
    public static double Sum(ReadOnlySpan<float> logits, float largest)
    {
        ref float source = ref MemoryMarshal.GetReference(logits);
        Vector256<double> top = Vector256.Create((double)largest), lower = Vector256<double>.Zero, upper = lower;
        int i = 0;
        for (; i <= logits.Length - Lanes; i += Lanes)
        {
            (Vector256<double> low, Vector256<double> high) = Vector256.Widen(Vector256.LoadUnsafe(ref source, (nuint)i));
            lower += Exp(low - top, LowestTerm, 0);
            upper += Exp(high - top, LowestTerm, 0);
        }

        for (int lane = 0; i < logits.Length; i++, lane++)
        {
            double term = Exp((double)logits[i] - largest);
            if (lane < Lanes / 2) lower = lower.WithElement(lane, lower[lane] + term);
            else upper = upper.WithElement(lane - Lanes / 2, upper[lane - Lanes / 2] + term);
        }

        Vector256<double> sums = lower + upper;
        return (sums[0] + sums[2]) + (sums[1] + sums[3]);
    }

    /// <summary>2^shift * e^z for z from <paramref name="lowest"/> to 0.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector256<double> Exp(Vector256<double> z, double lowest, int shift)
    {
        z = Vector256.MaxNative(z, Vector256.Create(lowest));
        Vector256<double> rounded = Vector256.FusedMultiplyAdd(z, Vector256.Create(Log2E), Vector256.Create(Rounder));
        Vector256<double> n = rounded - Vector256.Create(Rounder);
        Vector256<double> r = Vector256.FusedMultiplyAdd(n, Vector256.Create(-Ln2High), z);
        r = Vector256.FusedMultiplyAdd(n, Vector256.Create(-Ln2Low), r);

        // Taylor to the 13th power: the rest is below 5e-18 for |r| <= ln(2)/2.
        Vector256<double> p = Vector256.Create(1.0 / 6227020800);
        p = Vector256.FusedMultiplyAdd(p, r, Vector256.Create(1.0 / 479001600));
        p = Vector256.FusedMultiplyAdd(p, r, Vector256.Create(1.0 / 39916800));
        p = Vector256.FusedMultiplyAdd(p, r, Vector256.Create(1.0 / 3628800));
        p = Vector256.FusedMultiplyAdd(p, r, Vector256.Create(1.0 / 362880));
        p = Vector256.FusedMultiplyAdd(p, r, Vector256.Create(1.0 / 40320));
        p = Vector256.FusedMultiplyAdd(p, r, Vector256.Create(1.0 / 5040));
        p = Vector256.FusedMultiplyAdd(p, r, Vector256.Create(1.0 / 720));
        p = Vector256.FusedMultiplyAdd(p, r, Vector256.Create(1.0 / 120));
        p = Vector256.FusedMultiplyAdd(p, r, Vector256.Create(1.0 / 24));
        p = Vector256.FusedMultiplyAdd(p, r, Vector256.Create(1.0 / 6));
        p = Vector256.FusedMultiplyAdd(p, r, Vector256.Create(0.5));
        p = Vector256.FusedMultiplyAdd(p, r, Vector256.Create(1.0));
        p = Vector256.FusedMultiplyAdd(p, r, Vector256.Create(1.0));

        // The low bits of `rounded` are n: shifted into the exponent they are 2^n.
        Vector256<long> exponent = rounded.AsInt64() + Vector256.Create(1023L + shift);
        return p * Vector256.ShiftLeft(exponent, 52).AsDouble();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector256<ulong> Round(Vector256<double> value) =>
        (value + Vector256.Create(Fraction)).AsUInt64() - Vector256.Create(Fraction).AsUInt64();
}
