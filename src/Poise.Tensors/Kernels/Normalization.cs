using System.Runtime.CompilerServices;

namespace Poise.Tensors.Kernels;

/// <summary>Root-mean-square and layer normalisation of one row, sums in sixteen lanes (zero-padded tail).</summary>
static unsafe class Normalization
{
    /// <summary>y = x / sqrt(mean(x^2) + eps) * weight.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    public static void Rms<TLanes>(float* x, float* weight, float epsilon, float* y, int count) where TLanes : struct, ILanes<TLanes>
    {
        float mean = FloatDot.One<TLanes>(x, x, count) / count;
        Scale<TLanes>(x, 0, 1f / MathF.Sqrt(mean + epsilon), weight, null, y, count);
    }

    /// <summary>y = (x - mean) / sqrt(variance + eps) * weight + bias; the variance divides by n.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    public static void Layer<TLanes>(float* x, float* weight, float* bias, float epsilon, float* y, int count) where TLanes : struct, ILanes<TLanes>
    {
        TLanes sum = TLanes.Broadcast(0);
        int whole = count & ~15;
        for (int k = 0; k < whole; k += 16) sum += TLanes.Load(x + k);
        if (whole < count) sum += FloatDot.Tail<TLanes>(x + whole, count - whole);
        float mean = TLanes.Sum(sum) / count;
        TLanes squares = TLanes.Broadcast(0), center = TLanes.Broadcast(mean);
        for (int k = 0; k < whole; k += 16)
        {
            TLanes d = TLanes.Load(x + k) - center;
            squares = TLanes.FusedMultiplyAdd(d, d, squares);
        }

        if (whole < count)
        {
            float* rest = stackalloc float[16];
            for (int i = 0; i < 16; i++) rest[i] = whole + i < count ? x[whole + i] - mean : 0;
            TLanes d = TLanes.Load(rest);
            squares = TLanes.FusedMultiplyAdd(d, d, squares);
        }

        Scale<TLanes>(x, mean, 1f / MathF.Sqrt(TLanes.Sum(squares) / count + epsilon), weight, bias, y, count);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void Scale<TLanes>(float* x, float mean, float factor, float* weight, float* bias, float* y, int count) where TLanes : struct, ILanes<TLanes>
    {
        int k = 0;
        TLanes f = TLanes.Broadcast(factor), m = TLanes.Broadcast(mean);
        for (; k + 16 <= count; k += 16)
        {
            TLanes v = (TLanes.Load(x + k) - m) * f;
            v = bias is null ? v * TLanes.Load(weight + k) : TLanes.FusedMultiplyAdd(v, TLanes.Load(weight + k), TLanes.Load(bias + k));
            TLanes.Store(v, y + k);
        }

        for (; k < count; k++)
        {
            float v = (x[k] - mean) * factor;
            y[k] = bias is null ? v * weight[k] : MathF.FusedMultiplyAdd(v, weight[k], bias[k]);
        }
    }
}
