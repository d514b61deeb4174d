using Poise.Tensors.Kernels;
using Poise.Tensors.Threading;

namespace Poise.Tensors;

/// <summary>Operations on the heads that lie side by side in rows, in place. Sizes are checked here.</summary>
public static unsafe class HeadOperations
{
    /// <summary>Every head h of a row becomes h / sqrt(mean(h^2) + eps) * weight.</summary>
    /// <param name="column">Where the first of the heads starts in a row; each has as many elements as the weight.</param>
    /// <param name="weightOf">Of a row: [head size], the same length for all.</param>
    public static void RmsNorm(ComputePool pool, FloatRows x, int column, int heads, Func<int, float[]> weightOf, float epsilon)
    {
        pool.For(x.Rows, 4, (start, end, _) =>
        {
            for (int t = start; t < end; t++)
            {
                float[] weight = weightOf(t);
                int size = weight.Length;
                Expect(column >= 0 && heads >= 0 && column + (long)heads * size <= x.Columns, nameof(x));
                fixed (float* w = weight)
                {
                    float* head = x.RowPointer(t) + column;
                    for (int h = 0; h < heads; h++, head += size)
                    {
                        if (Lanes512.IsSupported) Normalization.Rms<Lanes512>(head, w, epsilon, head, size);
                        else if (Lanes256.IsSupported) Normalization.Rms<Lanes256>(head, w, epsilon, head, size);
                        else Normalization.Rms<Lanes128>(head, w, epsilon, head, size);
                    }
                }
            }
        });
    }

    /// <summary>
    /// Rotates the pairs (2i, 2i + 1) of the first elements of every head: y0 = x0 cos - x1 sin, y1 = x1 cos + x0 sin.
    /// <paramref name="cosines"/> and <paramref name="sines"/> are [rows, pairs].
    /// </summary>
    /// <param name="column">Where the rotated part of the first head starts in a row; that of the next is <paramref name="stride"/> further.</param>
    public static void RotatePairs(ComputePool pool, FloatRows x, int column, int heads, int stride, FloatRows cosines, FloatRows sines)
    {
        int pairs = cosines.Columns;
        Expect(column >= 0 && heads > 0 && stride >= 2 * pairs && column + (heads - 1L) * stride + 2 * pairs <= x.Columns
            && sines.Columns == pairs && cosines.Rows >= x.Rows && sines.Rows >= x.Rows, nameof(x));
        pool.For(x.Rows, 4, (start, end, _) =>
        {
            for (int t = start; t < end; t++)
            {
                float* c = cosines.RowPointer(t), s = sines.RowPointer(t), v = x.RowPointer(t) + column;
                for (int h = 0; h < heads; h++, v += stride)
                {
                    for (int i = 0; i < pairs; i++)
                    {
                        float x0 = v[2 * i], x1 = v[2 * i + 1];
                        v[2 * i] = MathF.FusedMultiplyAdd(x0, c[i], -(x1 * s[i]));
                        v[2 * i + 1] = MathF.FusedMultiplyAdd(x1, c[i], x0 * s[i]);
                    }
                }
            }
        });
    }

    static void Expect(bool condition, string name)
    {
        if (!condition) throw new ArgumentException("The shapes do not fit together.", name);
    }
}
