using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Poise.Tensors.Kernels;

/// <summary><see cref="FloatTile"/> in 512-bit registers: sixteen sums and four rows, 21 of 32 registers.</summary>
static unsafe class FloatTile512
{
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    public static void Accumulate(float* a, float* b, int steps, float* from, float* to)
    {
        Vector512<float> a0 = Vector512.Load(from), b0 = Vector512.Load(from + 16), c0 = Vector512.Load(from + 32), d0 = Vector512.Load(from + 48);
        Vector512<float> a1 = Vector512.Load(from + 64), b1 = Vector512.Load(from + 80), c1 = Vector512.Load(from + 96), d1 = Vector512.Load(from + 112);
        Vector512<float> a2 = Vector512.Load(from + 128), b2 = Vector512.Load(from + 144), c2 = Vector512.Load(from + 160), d2 = Vector512.Load(from + 176);
        Vector512<float> a3 = Vector512.Load(from + 192), b3 = Vector512.Load(from + 208), c3 = Vector512.Load(from + 224), d3 = Vector512.Load(from + 240);
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
}
