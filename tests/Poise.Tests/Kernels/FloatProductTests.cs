using Poise.Tensors;
using Poise.Tensors.Kernels;
using Poise.Tensors.Kernels.Reference;
using Poise.Tensors.Matrices;
using Poise.Tensors.Threading;

namespace Poise.Tests.Kernels;

/// <summary>Products of many rows on both sides, at every vector width and in every plain format, against the scalar reference, to the bit.</summary>
public unsafe class FloatProductTests
{
    // Rows of weights, rows of the batch, columns: one of each, ragged each, whole tiles, several tiles, several blocks of columns.
    static readonly (int Rows, int Batch, int Columns)[] Shapes =
        [(1, 1, 1), (1, 5, 17), (3, 3, 15), (4, 4, 16), (5, 4, 33), (13, 7, 384), (16, 32, 385), (16, 70, 400), (15, 33, 2891), (2, 6, 8192)];

    [Fact]
    public void TilesOf512Bits() => Groups<Lanes512>();

    [Fact]
    public void TilesOf256Bits() => Groups<Lanes256>();

    [Fact]
    public void TilesOf128Bits() => Groups<Lanes128>();

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void Products(int threads)
    {
        using var pool = new ComputePool(threads);
        using var product = new FloatProduct(pool);
        foreach ((int m, int n, int k) in ((int, int, int)[])[(1, 1, 1), (1, 50, 33), (50, 1, 33), (7, 19, 400), (64, 64, 64), (3, 100, 17), (100, 35, 1000), (130, 16, 385)])
        {
            float[] a = KernelData.Floats(m, m * k), b = KernelData.Floats(n + 1, n * k);
            using FloatRows left = Rows(a, m), right = Rows(b, n), c = new FloatRows(n).Resize(m);
            product.Run(left, right, c);
            float[] expected = [.. from i in Enumerable.Range(0, m) from j in Enumerable.Range(0, n) select ScalarDot.Dot(a.AsSpan(i * k, k), b.AsSpan(j * k, k))];
            KernelData.SameBits(expected, c.All, $"{m} x {n} x {k}, {threads} threads");
        }
    }

    [Fact]
    public void ShapesThatDoNotFitAreRefused()
    {
        using var pool = new ComputePool(1);
        using var product = new FloatProduct(pool);
        using FloatRows a = Rows(new float[6], 2), b = Rows(new float[6], 3), c = new FloatRows(2).Resize(2);
        Assert.Throws<ArgumentException>(() => product.Run(a, b, c));
        Assert.Throws<ArgumentException>(() => product.Run(a, a, b));
        using FloatRows square = Rows(new float[4], 2);
        Assert.Throws<ArgumentException>(() => product.Run(square, square, square));
    }

    static void Groups<TLanes>() where TLanes : struct, ILanes<TLanes>
    {
        if (!TLanes.IsSupported) Assert.Skip($"This processor has no {typeof(TLanes).Name}.");
        foreach ((int rows, int batch, int columns) in Shapes)
        {
            float[] values = KernelData.Floats(rows, rows * columns), x = KernelData.Floats(batch + 100, batch * columns);
            Half[] halves = [.. values.Select(v => (Half)v)];
            ushort[] brains = [.. values.Select(v => (ushort)(BitConverter.SingleToUInt32Bits(v) >> 16))];
            fixed (void* f = values, h = halves, b = brains)
            {
                Group<TLanes, F32Weights>((byte*)f, values, x, rows, batch, columns);
                Group<TLanes, F16Weights>((byte*)h, [.. halves.Select(v => (float)v)], x, rows, batch, columns);
                Group<TLanes, BF16Weights>((byte*)b, [.. brains.Select(v => BitConverter.UInt32BitsToSingle((uint)v << 16))], x, rows, batch, columns);
            }
        }
    }

    static void Group<TLanes, TWeights>(byte* weights, float[] values, float[] x, int count, int batchRows, int columns)
        where TLanes : struct, ILanes<TLanes>
        where TWeights : struct, IFloatWeights
    {
        using var pool = new ComputePool(1);
        using var batch = new ActivationBatch();
        using FloatRows rows = Rows(x, batchRows), y = new FloatRows(count).Resize(batchRows);
        using var scratch = new NativeBuffer(FloatGroup.ScratchBytes(columns));
        batch.Set(rows);
        batch.PackPanels(pool);
        y.All.Fill(float.NaN);
        byte** pointers = stackalloc byte*[count];
        for (int r = 0; r < count; r++) pointers[r] = weights + (long)r * columns * TWeights.Bytes;
        FloatGroup.Multiply<TLanes, TWeights>(pointers, count, FloatGroup.ChunkColumns * TWeights.Bytes, weights, batch, 0, batch.Tiles, y.Pointer, count, scratch.Floats);
        float[] expected =
            [.. from t in Enumerable.Range(0, batchRows) from r in Enumerable.Range(0, count) select ScalarDot.Dot(values.AsSpan(r * columns, columns), x.AsSpan(t * columns, columns))];
        KernelData.SameBits(expected, y.All, $"{typeof(TLanes).Name}, {typeof(TWeights).Name}, {count} x {batchRows} x {columns}");
    }

    static FloatRows Rows(float[] values, int rows)
    {
        FloatRows result = new FloatRows(values.Length / rows).Resize(rows);
        values.CopyTo(result.All);
        return result;
    }
}
