using System.Runtime.CompilerServices;

namespace Poise.Tensors.Kernels;

/// <summary>
/// Sums over rows, for gradients of what every row shares: row t in lane t mod 16, the lanes added by the tree, as in a dot
/// product along the rows.
/// </summary>
static unsafe class ColumnSums
{
    /// <summary>target[c] += sum over t of a[t, c] * b[t, c], or of a[t, c] where b is null, for 16 columns.</summary>
    /// <param name="columns">How many of the 16 there are.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    public static void AddSixteen<TLanes>(float* a, float* b, long stride, int rows, int columns, float* target) where TLanes : struct, ILanes<TLanes>
    {
        float* sums = stackalloc float[16 * 16];
        TLanes zero = TLanes.Broadcast(0), one = TLanes.Broadcast(1);
        for (int lane = 0; lane < 16; lane++)
        {
            TLanes sum = zero;
            for (long t = lane; t < rows; t += 16)
            {
                TLanes x = columns == 16 ? TLanes.Load(a + t * stride) : FloatDot.Tail<TLanes>(a + t * stride, columns);
                TLanes y = b is null ? one : columns == 16 ? TLanes.Load(b + t * stride) : FloatDot.Tail<TLanes>(b + t * stride, columns);
                sum = TLanes.FusedMultiplyAdd(x, y, sum);
            }

            TLanes.Store(sum, sums + lane * 16);
        }

        for (int width = 8; width >= 1; width /= 2)
            for (int i = 0; i < width; i++) TLanes.Store(TLanes.Load(sums + i * 16) + TLanes.Load(sums + (i + width) * 16), sums + i * 16);
        for (int c = 0; c < columns; c++) target[c] += sums[c];
    }
}
