using System.Runtime.CompilerServices;

namespace Poise.Tensors.Kernels;

/// <summary>
/// F32 dot products in the contract's order: element k in lane k mod 16, FMA throughout, lanes summed by the fixed tree.
/// A ragged tail counts as if padded with zeros.
/// </summary>
static unsafe class FloatDot
{
    /// <summary>results[i] = rows[i] . x for four rows of <paramref name="count"/> floats.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    public static void Four<TLanes>(float* a, float* b, float* c, float* d, float* x, int count, float* results) where TLanes : struct, ILanes<TLanes>
    {
        TLanes sa = TLanes.Broadcast(0), sb = sa, sc = sa, sd = sa;
        int whole = count & ~15;
        for (int k = 0; k < whole; k += 16)
        {
            TLanes v = TLanes.Load(x + k);
            sa = TLanes.FusedMultiplyAdd(TLanes.Load(a + k), v, sa);
            sb = TLanes.FusedMultiplyAdd(TLanes.Load(b + k), v, sb);
            sc = TLanes.FusedMultiplyAdd(TLanes.Load(c + k), v, sc);
            sd = TLanes.FusedMultiplyAdd(TLanes.Load(d + k), v, sd);
        }

        if (whole < count)
        {
            int rest = count - whole;
            TLanes v = Tail<TLanes>(x + whole, rest);
            sa = TLanes.FusedMultiplyAdd(Tail<TLanes>(a + whole, rest), v, sa);
            sb = TLanes.FusedMultiplyAdd(Tail<TLanes>(b + whole, rest), v, sb);
            sc = TLanes.FusedMultiplyAdd(Tail<TLanes>(c + whole, rest), v, sc);
            sd = TLanes.FusedMultiplyAdd(Tail<TLanes>(d + whole, rest), v, sd);
        }

        results[0] = TLanes.Sum(sa);
        results[1] = TLanes.Sum(sb);
        results[2] = TLanes.Sum(sc);
        results[3] = TLanes.Sum(sd);
    }

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
    public static TLanes Tail<TLanes>(float* source, int count) where TLanes : struct, ILanes<TLanes>
    {
        float* padded = stackalloc float[16];
        for (int i = 0; i < 16; i++) padded[i] = i < count ? source[i] : 0;
        return TLanes.Load(padded);
    }

    /// <summary>BF16 bit patterns to F32.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    public static void WidenBFloat16<TLanes>(ushort* source, float* target, int count) where TLanes : struct, ILanes<TLanes>
    {
        int k = 0;
        for (; k + 16 <= count; k += 16) TLanes.Store(TLanes.LoadBFloat16(source + k), target + k);
        for (; k < count; k++) target[k] = BitConverter.UInt32BitsToSingle((uint)source[k] << 16);
    }

    /// <summary>F16 bit patterns to F32.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    public static void WidenHalf<TLanes>(ushort* source, float* target, int count) where TLanes : struct, ILanes<TLanes>
    {
        int k = 0;
        for (; k + 16 <= count; k += 16) TLanes.Store(TLanes.LoadHalf(source + k), target + k);
        for (; k < count; k++) target[k] = (float)BitConverter.UInt16BitsToHalf(source[k]);
    }
}
