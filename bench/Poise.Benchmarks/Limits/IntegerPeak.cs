using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Poise.Benchmarks.Limits;

/// <summary>
/// Integer products in registers, the two instruction pairs of the packed kernels: a multiplication that adds neighbours, and the
/// addition to the running sum. One factor changes in every turn, so that nothing can be taken out of the loop.
/// </summary>
static class IntegerPeak
{
    public static bool IsSupported => Avx2.IsSupported;

    /// <summary>vpmaddubsw and vpaddw: two products for each 16 bits.</summary>
    public static long Int8(int turns) => Avx512BW.IsSupported ? Run<Bytes512>(turns) : Run<Bytes256>(turns);

    /// <summary>vpmaddwd and vpaddd: two products for each 32 bits.</summary>
    public static long Int16(int turns) => Avx512BW.IsSupported ? Run<Shorts512>(turns) : Run<Shorts256>(turns);

    interface IStep<T> where T : struct, IStep<T>
    {
        static abstract int Products { get; }

        static abstract T Start { get; }

        static abstract T Next(T sum, T left, T right);

        static abstract T Add(T left, T right);

        long Low { get; }
    }

    readonly record struct Bytes512(Vector512<short> Value) : IStep<Bytes512>
    {
        public static int Products => 64;
        public static Bytes512 Start => new(Vector512.Create((short)0x0101));
        public long Low => Value[0];

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Bytes512 Add(Bytes512 left, Bytes512 right) => new(Avx512BW.Add(left.Value, right.Value));

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Bytes512 Next(Bytes512 sum, Bytes512 left, Bytes512 right) =>
            new(Avx512BW.Add(sum.Value, Avx512BW.MultiplyAddAdjacent(left.Value.AsByte(), right.Value.AsSByte())));
    }

    readonly record struct Bytes256(Vector256<short> Value) : IStep<Bytes256>
    {
        public static int Products => 32;
        public static Bytes256 Start => new(Vector256.Create((short)0x0101));
        public long Low => Value[0];

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Bytes256 Add(Bytes256 left, Bytes256 right) => new(Avx2.Add(left.Value, right.Value));

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Bytes256 Next(Bytes256 sum, Bytes256 left, Bytes256 right) =>
            new(Avx2.Add(sum.Value, Avx2.MultiplyAddAdjacent(left.Value.AsByte(), right.Value.AsSByte())));
    }

    readonly record struct Shorts512(Vector512<int> Value) : IStep<Shorts512>
    {
        public static int Products => 32;
        public static Shorts512 Start => new(Vector512.Create(0x00010001));
        public long Low => Value[0];

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Shorts512 Add(Shorts512 left, Shorts512 right) => new(Avx512F.Add(left.Value, right.Value));

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Shorts512 Next(Shorts512 sum, Shorts512 left, Shorts512 right) =>
            new(Avx512F.Add(sum.Value, Avx512BW.MultiplyAddAdjacent(left.Value.AsInt16(), right.Value.AsInt16())));
    }

    readonly record struct Shorts256(Vector256<int> Value) : IStep<Shorts256>
    {
        public static int Products => 16;
        public static Shorts256 Start => new(Vector256.Create(0x00010001));
        public long Low => Value[0];

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Shorts256 Add(Shorts256 left, Shorts256 right) => new(Avx2.Add(left.Value, right.Value));

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Shorts256 Next(Shorts256 sum, Shorts256 left, Shorts256 right) =>
            new(Avx2.Add(sum.Value, Avx2.MultiplyAddAdjacent(left.Value.AsInt16(), right.Value.AsInt16())));
    }

    // Six sums, six factors and the changing one fit into sixteen registers.
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    static long Run<T>(int turns) where T : struct, IStep<T>
    {
        T x = T.Start, f = x, g = T.Add(f, x), h = T.Add(g, x), i = T.Add(h, x), j = T.Add(i, x), k = T.Add(j, x);
        T a = f, b = f, c = f, d = f, e = f, l = f;
        for (int n = 0; n < turns; n++)
        {
            x = T.Add(x, f);
            a = T.Next(a, x, f);
            b = T.Next(b, x, g);
            c = T.Next(c, x, h);
            d = T.Next(d, x, i);
            e = T.Next(e, x, j);
            l = T.Next(l, x, k);
        }

        long sum = a.Low + b.Low + c.Low + d.Low + e.Low + l.Low;
        return sum == long.MinValue ? 0 : (long)turns * 6 * T.Products;
    }
}
