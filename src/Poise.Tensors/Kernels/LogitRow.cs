using System.Runtime.CompilerServices;

namespace Poise.Tensors.Kernels;

/// <summary>Softmax of a row of logits that comes in blocks, and its gradient. A ragged tail is padded with negative infinity.</summary>
static unsafe class LogitRow
{
    /// <summary>Caps a block in place and takes it up: <paramref name="sum"/> is the sum of e^(logit - largest) over all blocks so far.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    public static void Add<TLanes>(float* row, int count, float cap, ref float largest, ref double sum) where TLanes : struct, ILanes<TLanes>
    {
        float* rest = stackalloc float[16];
        int whole = count & ~15;
        TLanes top = TLanes.Broadcast(float.NegativeInfinity);
        for (int k = 0; k < whole; k += 16)
        {
            TLanes v = TLanes.Load(row + k);
            if (cap > 0) TLanes.Store(v = Capping.Apply(v, cap), row + k);
            top = TLanes.Max(top, v);
        }

        if (whole < count)
        {
            for (int i = 0; i < 16; i++) rest[i] = whole + i < count ? row[whole + i] : 0;
            if (cap > 0) TLanes.Store(Capping.Apply(TLanes.Load(rest), cap), rest);
            for (int i = 0; i < 16; i++)
            {
                if (whole + i < count) row[whole + i] = rest[i];
                else rest[i] = float.NegativeInfinity;
            }

            top = TLanes.Max(top, TLanes.Load(rest));
        }

        float before = largest, now = TLanes.Largest(top);
        if (now > before) largest = now;
        TLanes m = TLanes.Broadcast(largest), total = TLanes.Broadcast(0);
        for (int k = 0; k < whole; k += 16) total += Exponential.Exp(TLanes.Load(row + k) - m);
        if (whole < count) total += Exponential.Exp(TLanes.Load(rest) - m);
        if (sum > 0 && before < largest) sum *= PreciseMath.Exp(Math.Max(-700, (double)before - largest));
        sum += TLanes.Sum(total);
    }

    /// <summary>Capped logits to the gradient of weight * ln p(target), in place.</summary>
    /// <param name="inverse">One over the sum of e^(logit - largest) over the whole row.</param>
    /// <param name="target">Where the target lies in this block; outside it, somewhere else.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    public static void Gradient<TLanes>(float* row, int count, float cap, float largest, float inverse, float weight, int target) where TLanes : struct, ILanes<TLanes>
    {
        float* own = stackalloc float[16];
        bool has = target >= 0 && target < count;
        if (has)
        {
            TLanes c = TLanes.Broadcast(row[target]), p = Exponential.Exp(c - TLanes.Broadcast(largest)) * TLanes.Broadcast(inverse);
            TLanes g = (TLanes.Broadcast(1) - p) * TLanes.Broadcast(weight);
            TLanes.Store(cap > 0 ? g * Capping.Slope(c, cap) : g, own);
        }

        int k = 0;
        for (; k + 16 <= count; k += 16) TLanes.Store(Pull(TLanes.Load(row + k), cap, largest, inverse, weight), row + k);
        if (k < count)
        {
            float* rest = stackalloc float[16];
            TLanes.Store(Pull(FloatDot.Tail<TLanes>(row + k, count - k), cap, largest, inverse, weight), rest);
            for (int i = 0; k + i < count; i++) row[k + i] = rest[i];
        }

        if (has) row[target] = own[0];
    }

    /// <summary>e^(logit - largest), in place.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    public static void Exponentials<TLanes>(float* row, int count, float largest) where TLanes : struct, ILanes<TLanes>
    {
        TLanes top = TLanes.Broadcast(largest);
        int k = 0;
        for (; k + 16 <= count; k += 16) TLanes.Store(Exponential.Exp(TLanes.Load(row + k) - top), row + k);
        if (k == count) return;
        float* rest = stackalloc float[16];
        TLanes.Store(Exponential.Exp(FloatDot.Tail<TLanes>(row + k, count - k) - top), rest);
        for (int i = 0; k + i < count; i++) row[k + i] = rest[i];
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static TLanes Pull<TLanes>(TLanes c, float cap, float largest, float inverse, float weight) where TLanes : struct, ILanes<TLanes>
    {
        TLanes g = Exponential.Exp(c - TLanes.Broadcast(largest)) * TLanes.Broadcast(inverse) * TLanes.Broadcast(-weight);
        return cap > 0 ? g * Capping.Slope(c, cap) : g;
    }
}
