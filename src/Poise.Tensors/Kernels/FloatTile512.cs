using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Poise.Tensors.Kernels;

/// <summary><see cref="FloatTile"/> in 512-bit registers: sixteen sums and four rows, 21 of 32 registers.</summary>
static unsafe class FloatTile512
{
    /// <summary>to = from + a b over some steps; see <see cref="FloatTile"/>.</summary>
    public static void Accumulate(float* a, float* b, int steps, float* from, float* to) => Run<Continued>(a, b, steps, from, to, 0);

    /// <summary>A tile whose columns are one block, whole: y[row of b * stride + row of a], the sums never leaving their registers.</summary>
    public static void Product(float* a, float* b, int steps, float* y, long stride) => Run<Whole>(a, b, steps, null, y, stride);

    /// <summary>Sums come from memory and go back to it.</summary>
    readonly struct Continued;

    /// <summary>Sums begin with zero and become results.</summary>
    readonly struct Whole;

    // The compiler leaves one of the two ends.
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    static void Run<TEnds>(float* a, float* b, int steps, float* from, float* to, long stride) where TEnds : struct
    {
        Vector512<float> a0 = Vector512<float>.Zero, b0 = Vector512<float>.Zero, c0 = Vector512<float>.Zero, d0 = Vector512<float>.Zero;
        Vector512<float> a1 = Vector512<float>.Zero, b1 = Vector512<float>.Zero, c1 = Vector512<float>.Zero, d1 = Vector512<float>.Zero;
        Vector512<float> a2 = Vector512<float>.Zero, b2 = Vector512<float>.Zero, c2 = Vector512<float>.Zero, d2 = Vector512<float>.Zero;
        Vector512<float> a3 = Vector512<float>.Zero, b3 = Vector512<float>.Zero, c3 = Vector512<float>.Zero, d3 = Vector512<float>.Zero;
        if (typeof(TEnds) == typeof(Continued))
        {
            (a0, b0, c0, d0) = (Vector512.Load(from), Vector512.Load(from + 16), Vector512.Load(from + 32), Vector512.Load(from + 48));
            (a1, b1, c1, d1) = (Vector512.Load(from + 64), Vector512.Load(from + 80), Vector512.Load(from + 96), Vector512.Load(from + 112));
            (a2, b2, c2, d2) = (Vector512.Load(from + 128), Vector512.Load(from + 144), Vector512.Load(from + 160), Vector512.Load(from + 176));
            (a3, b3, c3, d3) = (Vector512.Load(from + 192), Vector512.Load(from + 208), Vector512.Load(from + 224), Vector512.Load(from + 240));
        }

        for (float* end = a + (long)steps * FloatTile.StepFloats; a < end; a += FloatTile.StepFloats, b += FloatTile.StepFloats)
        {
            Vector512<float> wa = Vector512.Load(a), wb = Vector512.Load(a + 16), wc = Vector512.Load(a + 32), wd = Vector512.Load(a + 48);
            Vector512<float> x = Vector512.Load(b);
            a0 = Avx512F.FusedMultiplyAdd(wa, x, a0);
            b0 = Avx512F.FusedMultiplyAdd(wb, x, b0);
            c0 = Avx512F.FusedMultiplyAdd(wc, x, c0);
            d0 = Avx512F.FusedMultiplyAdd(wd, x, d0);
            x = Vector512.Load(b + 16);
            a1 = Avx512F.FusedMultiplyAdd(wa, x, a1);
            b1 = Avx512F.FusedMultiplyAdd(wb, x, b1);
            c1 = Avx512F.FusedMultiplyAdd(wc, x, c1);
            d1 = Avx512F.FusedMultiplyAdd(wd, x, d1);
            x = Vector512.Load(b + 32);
            a2 = Avx512F.FusedMultiplyAdd(wa, x, a2);
            b2 = Avx512F.FusedMultiplyAdd(wb, x, b2);
            c2 = Avx512F.FusedMultiplyAdd(wc, x, c2);
            d2 = Avx512F.FusedMultiplyAdd(wd, x, d2);
            x = Vector512.Load(b + 48);
            a3 = Avx512F.FusedMultiplyAdd(wa, x, a3);
            b3 = Avx512F.FusedMultiplyAdd(wb, x, b3);
            c3 = Avx512F.FusedMultiplyAdd(wc, x, c3);
            d3 = Avx512F.FusedMultiplyAdd(wd, x, d3);
        }

        if (typeof(TEnds) == typeof(Whole))
        {
            Sums(a0, b0, c0, d0).Store(to);
            Sums(a1, b1, c1, d1).Store(to + stride);
            Sums(a2, b2, c2, d2).Store(to + 2 * stride);
            Sums(a3, b3, c3, d3).Store(to + 3 * stride);
            return;
        }

        a0.Store(to);
        b0.Store(to + 16);
        c0.Store(to + 32);
        d0.Store(to + 48);
        a1.Store(to + 64);
        b1.Store(to + 80);
        c1.Store(to + 96);
        d1.Store(to + 112);
        a2.Store(to + 128);
        b2.Store(to + 144);
        c2.Store(to + 160);
        d2.Store(to + 176);
        a3.Store(to + 192);
        b3.Store(to + 208);
        c3.Store(to + 224);
        d3.Store(to + 240);
    }

    // The tree of FloatTile.Store for four sums: quarters 0 + 2 and 1 + 3, the two of them, then elements 0 + 2 and 1 + 3, and the two.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector128<float> Sums(Vector512<float> a, Vector512<float> b, Vector512<float> c, Vector512<float> d)
    {
        Vector512<float> ab = Avx512F.Shuffle4x128(a, b, 0x44) + Avx512F.Shuffle4x128(a, b, 0xee);
        Vector512<float> cd = Avx512F.Shuffle4x128(c, d, 0x44) + Avx512F.Shuffle4x128(c, d, 0xee);
        // Quarter n holds what is left of sum n.
        Vector512<float> all = Avx512F.Shuffle4x128(ab, cd, 0x88) + Avx512F.Shuffle4x128(ab, cd, 0xdd);
        all += Avx512F.Permute4x32(all, 0x4e);
        all += Avx512F.Permute4x32(all, 0xb1);
        return Avx512F.PermuteVar16x32(all, Vector512.Create(0, 4, 8, 12, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)).GetLower().GetLower();
    }
}
