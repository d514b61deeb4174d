using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Poise.Tensors.Kernels;

/// <summary>
/// <see cref="FloatTile"/> in 128-bit registers, a quarter of the lanes at a time: sixteen sums and four rows, 21 of the 32
/// registers of arm64.
/// </summary>
static unsafe class FloatTile128
{
    public static void Accumulate(float* a, float* b, int steps, float* from, float* to)
    {
        for (int lane = 0; lane < 16; lane += 4)
            Part(a + lane, b + lane, steps, from + lane, to + lane);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    static void Part(float* a, float* b, int steps, float* from, float* to)
    {
        Vector128<float> a0 = Vector128.Load(from), b0 = Vector128.Load(from + 16), c0 = Vector128.Load(from + 32), d0 = Vector128.Load(from + 48);
        Vector128<float> a1 = Vector128.Load(from + 64), b1 = Vector128.Load(from + 80), c1 = Vector128.Load(from + 96), d1 = Vector128.Load(from + 112);
        Vector128<float> a2 = Vector128.Load(from + 128), b2 = Vector128.Load(from + 144), c2 = Vector128.Load(from + 160), d2 = Vector128.Load(from + 176);
        Vector128<float> a3 = Vector128.Load(from + 192), b3 = Vector128.Load(from + 208), c3 = Vector128.Load(from + 224), d3 = Vector128.Load(from + 240);
        for (float* end = a + (long)steps * FloatTile.StepFloats; a < end; a += FloatTile.StepFloats, b += FloatTile.StepFloats)
        {
            Vector128<float> wa = Vector128.Load(a), wb = Vector128.Load(a + 16), wc = Vector128.Load(a + 32), wd = Vector128.Load(a + 48);
            Vector128<float> x = Vector128.Load(b);
            a0 = Vector128.FusedMultiplyAdd(wa, x, a0);
            b0 = Vector128.FusedMultiplyAdd(wb, x, b0);
            c0 = Vector128.FusedMultiplyAdd(wc, x, c0);
            d0 = Vector128.FusedMultiplyAdd(wd, x, d0);
            x = Vector128.Load(b + 16);
            a1 = Vector128.FusedMultiplyAdd(wa, x, a1);
            b1 = Vector128.FusedMultiplyAdd(wb, x, b1);
            c1 = Vector128.FusedMultiplyAdd(wc, x, c1);
            d1 = Vector128.FusedMultiplyAdd(wd, x, d1);
            x = Vector128.Load(b + 32);
            a2 = Vector128.FusedMultiplyAdd(wa, x, a2);
            b2 = Vector128.FusedMultiplyAdd(wb, x, b2);
            c2 = Vector128.FusedMultiplyAdd(wc, x, c2);
            d2 = Vector128.FusedMultiplyAdd(wd, x, d2);
            x = Vector128.Load(b + 48);
            a3 = Vector128.FusedMultiplyAdd(wa, x, a3);
            b3 = Vector128.FusedMultiplyAdd(wb, x, b3);
            c3 = Vector128.FusedMultiplyAdd(wc, x, c3);
            d3 = Vector128.FusedMultiplyAdd(wd, x, d3);
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
