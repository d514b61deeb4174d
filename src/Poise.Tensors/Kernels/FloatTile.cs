using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Poise.Tensors.Kernels;

/// <summary>
/// The product of four rows and four rows, in the contract's order (see <see cref="FloatDot"/>): sixteen sums of sixteen
/// lanes each. Both sides are read from panels: [step][row 0..3][16 elements], the tail padded with zeros, so that one
/// pointer walks each side and rows whose distance is a power of two do not fight for the same cache lines.
/// Sums that continue over several pieces of the columns stay sixteen lanes; they are added up at the end alone.
/// </summary>
static unsafe class FloatTile
{
    /// <summary>Rows on either side.</summary>
    public const int Rows = 4;

    /// <summary>Floats of a panel for each step of 16 columns.</summary>
    public const int StepFloats = Rows * 16;

    /// <summary>Floats of the sums of a tile: [row of b][row of a][lane].</summary>
    public const int SumFloats = Rows * Rows * 16;

    /// <summary>Copies <paramref name="count"/> elements of four rows into a panel.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    public static void Pack<TLanes, TWeights>(byte* a, byte* b, byte* c, byte* d, int count, long chunk, float* panel)
        where TLanes : struct, ILanes<TLanes>
        where TWeights : struct, IFloatWeights
    {
        const int Half = 16;
        int rest = count;
        for (; rest >= 2 * Half; rest -= 2 * Half)
        {
            TLanes.Store(TWeights.Load<TLanes>(a), panel);
            TLanes.Store(TWeights.Load<TLanes>(b), panel + 16);
            TLanes.Store(TWeights.Load<TLanes>(c), panel + 32);
            TLanes.Store(TWeights.Load<TLanes>(d), panel + 48);
            TLanes.Store(TWeights.Load<TLanes>(a + Half * TWeights.Bytes), panel + StepFloats);
            TLanes.Store(TWeights.Load<TLanes>(b + Half * TWeights.Bytes), panel + StepFloats + 16);
            TLanes.Store(TWeights.Load<TLanes>(c + Half * TWeights.Bytes), panel + StepFloats + 32);
            TLanes.Store(TWeights.Load<TLanes>(d + Half * TWeights.Bytes), panel + StepFloats + 48);
            panel += 2 * StepFloats;
            a += chunk;
            b += chunk;
            c += chunk;
            d += chunk;
        }

        for (; rest > 0; rest -= Half, panel += StepFloats)
        {
            TLanes.Store(FloatDot.Some<TLanes, TWeights>(a, rest), panel);
            TLanes.Store(FloatDot.Some<TLanes, TWeights>(b, rest), panel + 16);
            TLanes.Store(FloatDot.Some<TLanes, TWeights>(c, rest), panel + 32);
            TLanes.Store(FloatDot.Some<TLanes, TWeights>(d, rest), panel + 48);
            a += Half * TWeights.Bytes;
            b += Half * TWeights.Bytes;
            c += Half * TWeights.Bytes;
            d += Half * TWeights.Bytes;
        }
    }

    /// <summary>to = from + a b over some steps; <paramref name="from"/> and <paramref name="to"/> may be the same.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Accumulate<TLanes>(float* a, float* b, int steps, float* from, float* to) where TLanes : struct, ILanes<TLanes>
    {
        if (typeof(TLanes) == typeof(Lanes512)) FloatTile512.Accumulate(a, b, steps, from, to);
        else if (typeof(TLanes) == typeof(Lanes256)) FloatTile256.Accumulate(a, b, steps, from, to);
        else FloatTile128.Accumulate(a, b, steps, from, to);
    }

    /// <summary>y[row of b * stride + row of a] = the sums by the fixed tree, for the first rows of either side.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    public static void Store(float* sums, int rowsOfA, int rowsOfB, float* y, long stride)
    {
        for (int t = 0; t < rowsOfB; t++, sums += StepFloats, y += stride)
        {
            Vector128<float> four = Sum(Eight(sums), Eight(sums + 16), Eight(sums + 32), Eight(sums + 48));
            if (rowsOfA == Rows) four.Store(y);
            else
                for (int r = 0; r < rowsOfA; r++) y[r] = four.GetElement(r);
        }
    }

    // The first two levels of the tree: sixteen lanes to four.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector128<float> Eight(float* lanes) =>
        (Vector128.Load(lanes) + Vector128.Load(lanes + 8)) + (Vector128.Load(lanes + 4) + Vector128.Load(lanes + 12));

    // The last two levels for four sums at once: Tree.Sum of each.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector128<float> Sum(Vector128<float> a, Vector128<float> b, Vector128<float> c, Vector128<float> d)
    {
        if (!Sse.IsSupported) return Vector128.Create(Tree.Sum(a), Tree.Sum(b), Tree.Sum(c), Tree.Sum(d));
        Vector128<float> ab = Sse.UnpackLow(a, b) + Sse.UnpackHigh(a, b); // a0+a2 b0+b2 a1+a3 b1+b3
        Vector128<float> cd = Sse.UnpackLow(c, d) + Sse.UnpackHigh(c, d);
        return Sse.MoveLowToHigh(ab, cd) + Sse.MoveHighToLow(cd, ab);
    }
}
