using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Poise.Benchmarks.Limits;

/// <summary>
/// Integer products in registers, the two instruction pairs of the packed kernels: a multiplication that adds neighbours, and the
/// addition to the running sum. Each product reads its own sum, so that nothing can be taken out of the loop.
/// </summary>
static class IntegerPeak
{
    public static bool IsSupported => Avx2.IsSupported;

    /// <summary>vpmaddubsw and vpaddw: two products for each 16 bits.</summary>
    public static long Int8(int turns) => Avx512BW.IsSupported ? Twenty<Bytes512>(turns) : Twelve<Bytes256>(turns);

    /// <summary>vpmaddwd and vpaddd: two products for each 32 bits.</summary>
    public static long Int16(int turns) => Avx512BW.IsSupported ? Twenty<Shorts512>(turns) : Twelve<Shorts256>(turns);

    interface IStep<T> where T : struct, IStep<T>
    {
        static abstract int Products { get; }

        static abstract T Start { get; }

        static abstract T Next(T sum, T factor);

        long Low { get; }
    }

    readonly record struct Bytes512(Vector512<short> Value) : IStep<Bytes512>
    {
        public static int Products => 64;
        public static Bytes512 Start => new(Vector512.Create((short)0x0101));
        public long Low => Value[0];

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Bytes512 Next(Bytes512 sum, Bytes512 factor) =>
            new(Avx512BW.Add(sum.Value, Avx512BW.MultiplyAddAdjacent(sum.Value.AsByte(), factor.Value.AsSByte())));
    }

    readonly record struct Bytes256(Vector256<short> Value) : IStep<Bytes256>
    {
        public static int Products => 32;
        public static Bytes256 Start => new(Vector256.Create((short)0x0101));
        public long Low => Value[0];

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Bytes256 Next(Bytes256 sum, Bytes256 factor) =>
            new(Avx2.Add(sum.Value, Avx2.MultiplyAddAdjacent(sum.Value.AsByte(), factor.Value.AsSByte())));
    }

    readonly record struct Shorts512(Vector512<int> Value) : IStep<Shorts512>
    {
        public static int Products => 32;
        public static Shorts512 Start => new(Vector512.Create(0x00010001));
        public long Low => Value[0];

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Shorts512 Next(Shorts512 sum, Shorts512 factor) =>
            new(Avx512F.Add(sum.Value, Avx512BW.MultiplyAddAdjacent(sum.Value.AsInt16(), factor.Value.AsInt16())));
    }

    readonly record struct Shorts256(Vector256<int> Value) : IStep<Shorts256>
    {
        public static int Products => 16;
        public static Shorts256 Start => new(Vector256.Create(0x00010001));
        public long Low => Value[0];

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Shorts256 Next(Shorts256 sum, Shorts256 factor) =>
            new(Avx2.Add(sum.Value, Avx2.MultiplyAddAdjacent(sum.Value.AsInt16(), factor.Value.AsInt16())));
    }

    // Chains enough for the latency of both instructions.
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    static long Twenty<T>(int turns) where T : struct, IStep<T>
    {
        T f = T.Start, a = f, b = f, c = f, d = f, e = f, g = f, h = f, i = f, j = f, k = f, l = f, m = f, n = f, o = f, p = f, q = f, r = f, s = f, t = f, u = f;
        for (int turn = 0; turn < turns; turn++)
        {
            a = T.Next(a, f);
            b = T.Next(b, f);
            c = T.Next(c, f);
            d = T.Next(d, f);
            e = T.Next(e, f);
            g = T.Next(g, f);
            h = T.Next(h, f);
            i = T.Next(i, f);
            j = T.Next(j, f);
            k = T.Next(k, f);
            l = T.Next(l, f);
            m = T.Next(m, f);
            n = T.Next(n, f);
            o = T.Next(o, f);
            p = T.Next(p, f);
            q = T.Next(q, f);
            r = T.Next(r, f);
            s = T.Next(s, f);
            t = T.Next(t, f);
            u = T.Next(u, f);
        }

        long sum = a.Low + b.Low + c.Low + d.Low + e.Low + g.Low + h.Low + i.Low + j.Low + k.Low + l.Low + m.Low + n.Low + o.Low + p.Low + q.Low + r.Low + s.Low + t.Low + u.Low;
        return sum == long.MinValue ? 0 : (long)turns * 20 * T.Products;
    }

    // Without AVX-512 there are sixteen registers.
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    static long Twelve<T>(int turns) where T : struct, IStep<T>
    {
        T f = T.Start, a = f, b = f, c = f, d = f, e = f, g = f, h = f, i = f, j = f, k = f, l = f, m = f;
        for (int turn = 0; turn < turns; turn++)
        {
            a = T.Next(a, f);
            b = T.Next(b, f);
            c = T.Next(c, f);
            d = T.Next(d, f);
            e = T.Next(e, f);
            g = T.Next(g, f);
            h = T.Next(h, f);
            i = T.Next(i, f);
            j = T.Next(j, f);
            k = T.Next(k, f);
            l = T.Next(l, f);
            m = T.Next(m, f);
        }

        long sum = a.Low + b.Low + c.Low + d.Low + e.Low + g.Low + h.Low + i.Low + j.Low + k.Low + l.Low + m.Low;
        return sum == long.MinValue ? 0 : (long)turns * 12 * T.Products;
    }
}
