using System.Runtime.CompilerServices;

namespace Poise.Tensors.Kernels;

/// <summary>Backward passes of <see cref="Normalization"/>, one row at a time, and the normalised row for the gradient of the weight.</summary>
static unsafe class NormalizationGradient
{
    /// <summary>
    /// y = r x w with r = 1 / sqrt(mean(x^2) + eps): dx = r (w dy) - x r^3 mean(w dy x).
    /// </summary>
    /// <param name="normed">r x; null where it is not needed.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    public static void Rms<TLanes>(float* x, float* weight, float* dy, float epsilon, float* dx, float* normed, int count) where TLanes : struct, ILanes<TLanes>
    {
        float r = 1f / MathF.Sqrt(FloatDot.One<TLanes>(x, x, count) / count + epsilon);
        Multiply<TLanes>(weight, dy, dx, count);
        float pull = -(FloatDot.One<TLanes>(dx, x, count) / count * r * r * r);
        TLanes scale = TLanes.Broadcast(r), back = TLanes.Broadcast(pull);
        int k = 0;
        for (; k + 16 <= count; k += 16)
        {
            TLanes v = TLanes.Load(x + k);
            TLanes.Store(TLanes.FusedMultiplyAdd(v, back, TLanes.Load(dx + k) * scale), dx + k);
            if (normed is not null) TLanes.Store(v * scale, normed + k);
        }

        for (; k < count; k++)
        {
            dx[k] = MathF.FusedMultiplyAdd(x[k], pull, dx[k] * r);
            if (normed is not null) normed[k] = x[k] * r;
        }
    }

    /// <summary>
    /// y = n w + b with n = (x - mean) r: dx = r (g - mean(g) - n mean(g n)) with g = w dy. <paramref name="normed"/> is n.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    public static void Layer<TLanes>(float* x, float* weight, float* dy, float epsilon, float* dx, float* normed, int count) where TLanes : struct, ILanes<TLanes>
    {
        float mean = Sum<TLanes>(x, count) / count;
        TLanes center = TLanes.Broadcast(mean);
        int k = 0;
        for (; k + 16 <= count; k += 16) TLanes.Store(TLanes.Load(x + k) - center, normed + k);
        for (; k < count; k++) normed[k] = x[k] - mean;
        float r = 1f / MathF.Sqrt(FloatDot.One<TLanes>(normed, normed, count) / count + epsilon);
        TLanes scale = TLanes.Broadcast(r);
        for (k = 0; k + 16 <= count; k += 16) TLanes.Store(TLanes.Load(normed + k) * scale, normed + k);
        for (; k < count; k++) normed[k] *= r;

        Multiply<TLanes>(weight, dy, dx, count);
        float level = Sum<TLanes>(dx, count) / count, pull = -(FloatDot.One<TLanes>(dx, normed, count) / count);
        TLanes offset = TLanes.Broadcast(level), back = TLanes.Broadcast(pull);
        for (k = 0; k + 16 <= count; k += 16)
            TLanes.Store(TLanes.FusedMultiplyAdd(TLanes.Load(normed + k), back, TLanes.Load(dx + k) - offset) * scale, dx + k);
        for (; k < count; k++) dx[k] = MathF.FusedMultiplyAdd(normed[k], pull, dx[k] - level) * r;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void Multiply<TLanes>(float* a, float* b, float* target, int count) where TLanes : struct, ILanes<TLanes>
    {
        int k = 0;
        for (; k + 16 <= count; k += 16) TLanes.Store(TLanes.Load(a + k) * TLanes.Load(b + k), target + k);
        for (; k < count; k++) target[k] = a[k] * b[k];
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static float Sum<TLanes>(float* x, int count) where TLanes : struct, ILanes<TLanes>
    {
        TLanes sum = TLanes.Broadcast(0);
        int whole = count & ~15;
        for (int k = 0; k < whole; k += 16) sum += TLanes.Load(x + k);
        if (whole < count) sum += FloatDot.Tail<TLanes>(x + whole, count - whole);
        return TLanes.Sum(sum);
    }
}
