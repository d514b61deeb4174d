using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Poise.Tensors.Kernels;

/// <summary>
/// <see cref="FloatTile"/> in 256-bit registers. There are sixteen: half the lanes of two rows of b at a time, eight sums and four rows.
/// </summary>
static unsafe class FloatTile256
{
    public static void Accumulate(float* a, float* b, int steps, float* from, float* to)
    {
        for (int lane = 0; lane < 16; lane += 8)
        {
            Part(a + lane, b + lane, steps, from + lane, to + lane);
            Part(a + lane, b + lane + 32, steps, from + lane + 128, to + lane + 128);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    static void Part(float* a, float* b, int steps, float* from, float* to)
    {
        Vector256<float> a0 = Vector256.Load(from), b0 = Vector256.Load(from + 16), c0 = Vector256.Load(from + 32), d0 = Vector256.Load(from + 48);
        Vector256<float> a1 = Vector256.Load(from + 64), b1 = Vector256.Load(from + 80), c1 = Vector256.Load(from + 96), d1 = Vector256.Load(from + 112);
        for (float* end = a + (long)steps * FloatTile.StepFloats; a < end; a += FloatTile.StepFloats, b += FloatTile.StepFloats)
        {
            Vector256<float> wa = Vector256.Load(a), wb = Vector256.Load(a + 16), wc = Vector256.Load(a + 32), wd = Vector256.Load(a + 48);
            Vector256<float> x = Vector256.Load(b);
            a0 = Fma.MultiplyAdd(wa, x, a0);
            b0 = Fma.MultiplyAdd(wb, x, b0);
            c0 = Fma.MultiplyAdd(wc, x, c0);
            d0 = Fma.MultiplyAdd(wd, x, d0);
            x = Vector256.Load(b + 16);
            a1 = Fma.MultiplyAdd(wa, x, a1);
            b1 = Fma.MultiplyAdd(wb, x, b1);
            c1 = Fma.MultiplyAdd(wc, x, c1);
            d1 = Fma.MultiplyAdd(wd, x, d1);
        }

        a0.Store(to);
        b0.Store(to + 16);
        c0.Store(to + 32);
        d0.Store(to + 48);
        a1.Store(to + 64);
        b1.Store(to + 80);
        c1.Store(to + 96);
        d1.Store(to + 112);
    }
}
