using Poise.Tensors;
using Poise.Tensors.Kernels.Reference;
using Poise.Tensors.Threading;

namespace Poise.Tests.Kernels;

/// <summary>Norms and rotations of the heads of a row against plain loops, to the bit, on any number of threads.</summary>
public class HeadOperationTests
{
    [Theory]
    [InlineData(3, 24)]
    [InlineData(4, 16)]
    [InlineData(1, 7)]
    public void NormsOfHeads(int heads, int size)
    {
        const int Rows = 9, Column = 5;
        foreach (int threads in (int[])[1, 3])
        {
            using var pool = new ComputePool(threads);
            using FloatRows x = new FloatRows(Column + heads * size + 2).Resize(Rows);
            KernelData.Floats(1, x.All.Length).CopyTo(x.All);
            float[] first = KernelData.Floats(2, size), second = KernelData.Floats(3, size), expected = x.All.ToArray();
            for (int t = 0; t < Rows; t++)
            {
                for (int h = 0; h < heads; h++)
                {
                    Span<float> head = expected.AsSpan(t * x.Columns + Column + h * size, size);
                    float[] copy = head.ToArray();
                    ScalarNorm.Rms(copy, t % 2 == 0 ? first : second, 1e-5f, head);
                }
            }

            HeadOperations.RmsNorm(pool, x, Column, heads, t => t % 2 == 0 ? first : second, 1e-5f);
            KernelData.SameBits(expected, x.All, $"{heads} heads of {size}, {threads} threads");
            Assert.ThrowsAny<Exception>(() => HeadOperations.RmsNorm(pool, x, Column + 3, heads, _ => first, 1e-5f));
        }
    }

    [Fact]
    public void RotationOfPairs()
    {
        const int Rows = 9, Heads = 3, Column = 5, Stride = 20, Pairs = 4;
        using var pool = new ComputePool(2);
        using FloatRows x = new FloatRows(Column + (Heads - 1) * Stride + 2 * Pairs).Resize(Rows), c = new FloatRows(Pairs).Resize(Rows), s = new FloatRows(Pairs).Resize(Rows);
        KernelData.Floats(1, x.All.Length).CopyTo(x.All);
        KernelData.Floats(2, c.All.Length).CopyTo(c.All);
        KernelData.Floats(3, s.All.Length).CopyTo(s.All);
        float[] expected = x.All.ToArray();
        for (int t = 0; t < Rows; t++)
        {
            for (int h = 0; h < Heads; h++)
            {
                // The same as halves, put back as pairs.
                Span<float> head = expected.AsSpan(t * x.Columns + Column + h * Stride, 2 * Pairs);
                float[] halves = new float[2 * Pairs];
                for (int i = 0; i < Pairs; i++) (halves[i], halves[Pairs + i]) = (head[2 * i], head[2 * i + 1]);
                ScalarRotation.Head(halves, c.Row(t), s.Row(t));
                for (int i = 0; i < Pairs; i++) (head[2 * i], head[2 * i + 1]) = (halves[i], halves[Pairs + i]);
            }
        }

        HeadOperations.RotatePairs(pool, x, Column, Heads, Stride, c, s);
        KernelData.SameBits(expected, x.All, "pairs");
        Assert.Throws<ArgumentException>(() => HeadOperations.RotatePairs(pool, x, Column + 1, Heads, Stride, c, s));
    }
}
