using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Poise.Tensors.Kernels;

/// <summary>Rows to columns. Moves values and rounds nothing, so any vector width gives the same bits.</summary>
static unsafe class Transposition
{
    /// <summary>Rows of a block that stays in the first cache.</summary>
    public const int Block = 16;

    /// <summary>target[c, r] = source[r, c] for a piece of two arrays whose rows lie <paramref name="stride"/> and <paramref name="targetStride"/> floats apart.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    public static void Run(float* source, long stride, int rows, int columns, float* target, long targetStride)
    {
        int r = 0;
        for (; r + 4 <= rows; r += 4)
        {
            float* a = source + r * stride, b = a + stride, c = b + stride, d = c + stride, to = target + r;
            int k = 0;
            for (; k + 4 <= columns; k += 4, to += 4 * targetStride)
            {
                Vector128<float> v0 = Vector128.Load(a + k), v1 = Vector128.Load(b + k), v2 = Vector128.Load(c + k), v3 = Vector128.Load(d + k);
                Vector128<float> low = Zip(v0, v1, 0), low2 = Zip(v2, v3, 0), high = Zip(v0, v1, 2), high2 = Zip(v2, v3, 2);
                Vector128.Create(low.GetLower(), low2.GetLower()).Store(to);
                Vector128.Create(low.GetUpper(), low2.GetUpper()).Store(to + targetStride);
                Vector128.Create(high.GetLower(), high2.GetLower()).Store(to + 2 * targetStride);
                Vector128.Create(high.GetUpper(), high2.GetUpper()).Store(to + 3 * targetStride);
            }

            for (; k < columns; k++, to += targetStride) (to[0], to[1], to[2], to[3]) = (a[k], b[k], c[k], d[k]);
        }

        for (; r < rows; r++)
            for (int k = 0; k < columns; k++) target[k * targetStride + r] = source[r * stride + k];
    }

    // a[i] b[i] a[i+1] b[i+1]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector128<float> Zip(Vector128<float> a, Vector128<float> b, int i)
    {
        if (System.Runtime.Intrinsics.X86.Sse.IsSupported)
            return i == 0 ? System.Runtime.Intrinsics.X86.Sse.UnpackLow(a, b) : System.Runtime.Intrinsics.X86.Sse.UnpackHigh(a, b);
        return Vector128.Create(a[i], b[i], a[i + 1], b[i + 1]);
    }
}
