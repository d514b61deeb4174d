using Poise.Tensors;
using Poise.Tensors.Kernels;
using Poise.Tensors.Kernels.Reference;
using Poise.Tensors.Threading;

namespace Poise.Tests.Kernels;

/// <summary>The kernels of training at every vector width against the scalar references, to the bit.</summary>
public sealed unsafe class GradientKernelTests
{
    const float Epsilon = 1e-5f;

    [Fact]
    public void EveryWidth()
    {
        All<Lanes128>();
        All<Lanes256>();
        All<Lanes512>();
    }

    static void All<TLanes>() where TLanes : struct, ILanes<TLanes>
    {
        if (!TLanes.IsSupported) return;
        foreach (int size in KernelData.Sizes)
        {
            Norms<TLanes>(size);
            Gate<TLanes, Gates.Silu>(size, 0, ScalarGradients.Silu);
            Gate<TLanes, Gates.Gelu>(size, 0, ScalarGradients.Gelu);
            Gate<TLanes, Gates.Clamped>(size, 7, (g, u) => ScalarGradients.Clamped(g, u, 7));
            foreach (float cap in (float[])[0, 8]) Logits<TLanes>(size, cap);
        }

        foreach (int rows in (int[])[1, 15, 16, 17, 50]) Columns<TLanes>(rows);
    }

    static void Norms<TLanes>(int size) where TLanes : struct, ILanes<TLanes>
    {
        float[] x = KernelData.Floats(size, size), w = KernelData.Floats(size + 1, size), dy = KernelData.Floats(size + 2, size);
        float[] dx = new float[size], normed = new float[size], expected = new float[size], expectedNormed = new float[size];
        fixed (float* px = x, pw = w, pd = dy, to = dx, n = normed)
        {
            NormalizationGradient.Rms<TLanes>(px, pw, pd, Epsilon, to, n, size);
            ScalarGradients.Rms(x, w, dy, Epsilon, expected, expectedNormed);
            KernelData.SameBits(expected, dx, $"{typeof(TLanes).Name} rms of {size}");
            KernelData.SameBits(expectedNormed, normed, $"{typeof(TLanes).Name} rms of {size}, normed");
            NormalizationGradient.Layer<TLanes>(px, pw, pd, Epsilon, to, n, size);
            ScalarGradients.Layer(x, w, dy, Epsilon, expected, expectedNormed);
            KernelData.SameBits(expected, dx, $"{typeof(TLanes).Name} layer norm of {size}");
            KernelData.SameBits(expectedNormed, normed, $"{typeof(TLanes).Name} layer norm of {size}, normed");
        }
    }

    static void Gate<TLanes, TGate>(int size, float limit, Func<float, float, (float Value, float OfGate, float OfUp)> reference)
        where TLanes : struct, ILanes<TLanes> where TGate : struct, Gates.IGate
    {
        float[] gate = KernelData.Floats(size, size, 4), up = KernelData.Floats(size + 1, size, 4), dy = KernelData.Floats(size + 2, size);
        if (size > 20) (gate[3], gate[5], up[7], up[8]) = (7, 7.000001f, -7, -7.000001f);
        float[] y = new float[size], dgate = new float[size], dup = new float[size];
        fixed (float* g = gate, u = up, d = dy, value = y, dg = dgate, du = dup)
        {
            Gates.Forward<TGate, TLanes>(g, u, value, size, limit);
            Gates.Backward<TGate, TLanes>(g, u, d, dg, du, size, limit);
        }

        for (int i = 0; i < size; i++)
        {
            (float v, float a, float b) = reference(gate[i], up[i]);
            KernelData.SameBits([v, dy[i] * a, dy[i] * b], [y[i], dgate[i], dup[i]], $"{typeof(TLanes).Name} {typeof(TGate).Name} of {size}, element {i}");
        }
    }

    static void Logits<TLanes>(int size, float cap) where TLanes : struct, ILanes<TLanes>
    {
        float[] logits = KernelData.Floats(size, 2 * size, 10);
        float[] capped = [.. logits.Select(x => cap > 0 ? ScalarGradients.Cap(x, cap) : x)];
        float largest = float.NegativeInfinity, top = capped.Max();
        double sum = 0, exact = capped.Sum(x => Math.Exp((double)x - top));
        fixed (float* row = logits)
        {
            // Two blocks of one row.
            LogitRow.Add<TLanes>(row, size, cap, ref largest, ref sum);
            LogitRow.Add<TLanes>(row + size, size, cap, ref largest, ref sum);
            KernelData.SameBits(capped, logits, $"{typeof(TLanes).Name} cap {cap} of {size}");
            Assert.Equal(top, largest);
            Assert.Equal(1, sum / exact, 1e-5);
            LogitRow.Gradient<TLanes>(row, size, cap, largest, (float)(1 / sum), 0.5f, size - 1);
            LogitRow.Exponentials<TLanes>(row + size, size, largest);
        }

        KernelData.SameBits([.. capped[size..].Select(x => ScalarFunctions.Exp(x - largest))], logits.AsSpan(size), $"{typeof(TLanes).Name} exponentials of {size}");

        for (int i = 0; i < size; i++)
        {
            float p = ScalarFunctions.Exp(capped[i] - largest) * (float)(1 / sum), g = i == size - 1 ? (1 - p) * 0.5f : p * -0.5f;
            KernelData.SameBits(cap > 0 ? g * ScalarGradients.CapSlope(capped[i], cap) : g, logits[i], $"{typeof(TLanes).Name} gradient, cap {cap} of {size}, element {i}");
        }
    }

    static void Columns<TLanes>(int rows) where TLanes : struct, ILanes<TLanes>
    {
        foreach (int columns in (int[])[5, 16])
        {
            float[] a = KernelData.Floats(rows, rows * columns), b = KernelData.Floats(rows + 1, rows * columns), sums = new float[columns], products = new float[columns];
            fixed (float* x = a, y = b, s = sums, p = products)
            {
                ColumnSums.AddSixteen<TLanes>(x, null, columns, rows, columns, s);
                ColumnSums.AddSixteen<TLanes>(x, y, columns, rows, columns, p);
            }

            float[] Column(float[] values, int c) => [.. Enumerable.Range(0, rows).Select(t => values[t * columns + c])];
            for (int c = 0; c < columns; c++)
            {
                KernelData.SameBits(ScalarGradients.ColumnSum(Column(a, c), []), sums[c], $"{typeof(TLanes).Name} sum of {rows} rows");
                KernelData.SameBits(ScalarGradients.ColumnSum(Column(a, c), Column(b, c)), products[c], $"{typeof(TLanes).Name} product of {rows} rows");
            }
        }
    }

    [Fact]
    public void Transposes()
    {
        using var pool = new ComputePool(2);
        foreach ((int rows, int columns, int first) in ((int, int, int)[])[(1, 1, 0), (3, 5, 1), (16, 16, 0), (70, 133, 0), (65, 200, 37)])
        {
            float[] values = KernelData.Floats(rows, rows * columns);
            using FloatRows x = new FloatRows(columns).Resize(rows), y = new FloatRows(rows).Resize(columns - first);
            values.CopyTo(x.All);
            GradientOperations.Transpose(pool, x, y, first);
            for (int c = first; c < columns; c++)
                for (int r = 0; r < rows; r++) Assert.Equal(values[r * columns + c], y.Row(c - first)[r]);
        }
    }

    [Theory]
    [InlineData(1, 0, 0, false, 24, 16)]
    [InlineData(2, 0, 0, true, 24, 16)]
    [InlineData(3, 5, 0, true, 24, 16)]
    [InlineData(2, 20, 3, false, 24, 16)]
    [InlineData(2, 0, 0, true, 32, 32)]
    [InlineData(3, 20, 3, false, 32, 32)]
    public void Documents(int threads, int window, float cap, bool sinks, int size, int valueSize)
    {
        const int Heads = 6, KeyValueHeads = 2, Rows = 75;
        int[] starts = [0, 1, 8, 41];
        var shape = new AttentionShape(Heads, KeyValueHeads, size, valueSize, 0.3f, window, cap);
        using var pool = new ComputePool(threads);
        using var attention = new DocumentAttention(pool);
        using FloatRows q = Random(1, Heads * size), k = Random(2, KeyValueHeads * size), v = Random(3, KeyValueHeads * valueSize), dy = Random(4, Heads * valueSize);
        using FloatRows y = Random(5, Heads * valueSize), dq = Random(6, Heads * size), dk = Random(7, KeyValueHeads * size), dv = Random(8, KeyValueHeads * valueSize), dsinks = Random(9, Heads);
        using FloatRows statistics = new FloatRows(Rows * Heads + 16).Resize(2), own = new FloatRows(Heads).Resize(1);
        KernelData.Floats(10, Heads).CopyTo(own.All);
        attention.Forward(shape, q, k, v, starts, sinks ? own : null, y, statistics);
        attention.Backward(shape, q, k, v, starts, sinks ? own : null, y, statistics, dy, dq, dk, dv, sinks ? dsinks : null);
        for (int d = 0; d < starts.Length; d++)
        {
            int first = starts[d], length = (d + 1 < starts.Length ? starts[d + 1] : Rows) - first;
            for (int h = 0; h < Heads; h++)
            {
                int shared = h / 3;
                var expected = ScalarDocumentAttention.Run(Part(q, h, size), Part(k, shared, size), Part(v, shared, valueSize), Part(dy, h, valueSize), shape, sinks ? own.All[h] : null);
                for (int t = 0; t < length; t++)
                {
                    KernelData.SameBits(expected.Output[t], Part(y, h, valueSize)[t], $"output {d} {h} {t}");
                    KernelData.SameBits(expected.Dq[t], Part(dq, h, size)[t], $"dq {d} {h} {t}");
                    if (sinks) KernelData.SameBits(expected.Dsink[t], dsinks.Row(first + t)[h], $"dsink {d} {h} {t}");
                }
            }

            // The heads of a group take turns at every query, which the plain loops do not: their sum is compared, not its bits.
            for (int shared = 0; shared < KeyValueHeads; shared++)
            {
                var heads = Enumerable.Range(3 * shared, 3).Select(h => ScalarDocumentAttention.Run(Part(q, h, size), Part(k, shared, size), Part(v, shared, valueSize), Part(dy, h, valueSize), shape, sinks ? own.All[h] : null)).ToList();
                for (int t = 0; t < length; t++)
                {
                    for (int i = 0; i < size; i++) Assert.Equal(heads.Sum(h => (double)h.Dk[t][i]), Part(dk, shared, size)[t][i], 1e-4);
                    for (int i = 0; i < valueSize; i++) Assert.Equal(heads.Sum(h => (double)h.Dv[t][i]), Part(dv, shared, valueSize)[t][i], 1e-4);
                }
            }

            float[][] Part(FloatRows rows, int head, int columns) => [.. Enumerable.Range(first, length).Select(t => rows.Row(t).Slice(head * columns, columns).ToArray())];
        }

        static FloatRows Random(int seed, int columns)
        {
            FloatRows rows = new FloatRows(columns).Resize(Rows);
            KernelData.Floats(seed, Rows * columns).CopyTo(rows.All);
            return rows;
        }
    }
}
