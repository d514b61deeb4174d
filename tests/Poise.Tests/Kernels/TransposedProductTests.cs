using Poise.Tensors;
using Poise.Tensors.Formats;
using Poise.Tensors.Kernels.Reference;
using Poise.Tensors.Matrices;
using Poise.Tensors.Quantization;
using Poise.Tensors.Threading;
using Poise.Tests.Support;

namespace Poise.Tests.Kernels;

/// <summary>Products with stored matrices as training needs them, there and back, against decoded numbers and the scalar reference, to the bit.</summary>
public sealed class TransposedProductTests : IDisposable
{
    readonly TemporaryFolder _folder = new();

    public static TheoryData<TensorType> Formats => [TensorType.F32, TensorType.F16, TensorType.BF16, TensorType.MXFP4, TensorType.Q8_0, TensorType.Q4_0, TensorType.Q4_K, TensorType.Q6_K];

    [Theory]
    [MemberData(nameof(Formats))]
    public void ThereAndBack(TensorType type)
    {
        BlockFormat format = BlockFormats.Get(type);
        int wide = format.BlockElements == 256 ? 768 : format.BlockElements == 32 ? 928 : 837;
        foreach ((int outputs, int inputs) in ((int, int)[])[(5, wide), (37, wide), (450, Math.Max(format.BlockElements, 32))])
        {
            using GgufFile file = Stored(format, outputs, inputs);
            float[] weights = file.Get("w").ToFloats();
            foreach (int batch in (int[])[1, 3, 6, 37])
                foreach (int threads in (int[])[1, 3])
                    Check($"{type} [{outputs}, {inputs}] x {batch}, {threads} threads", MatrixSource.FromTensor(file.Get("w"), outputs, inputs), weights, batch, threads);
        }
    }

    /// <summary>Rows that lie elsewhere: in another order, taking turns, a part of them.</summary>
    [Fact]
    public void Views()
    {
        const int Rows = 36, Columns = 96;
        using GgufFile file = Stored(BlockFormats.Get(TensorType.Q8_0), Rows, Columns);
        StoredTensor tensor = file.Get("w");
        float[] all = tensor.ToFloats();
        float[] Of(IEnumerable<int> rows) => [.. rows.SelectMany(r => all[(r * Columns)..((r + 1) * Columns)])];
        int[] map = [.. Enumerable.Range(0, Rows).Select(r => r * 5 % Rows)], turns = [.. Enumerable.Range(0, Rows).Select(r => r % 2 * 18 + r / 2)];
        var mapped = MatrixSource.FromTensor(tensor, Rows, Columns, map: map);
        var inTurn = MatrixSource.InTurn(MatrixSource.FromTensor(tensor, 18, Columns), MatrixSource.FromTensor(tensor, 18, Columns, 18));
        Check("mapped", mapped, Of(map), 5, 2);
        Check("in turn", inTurn, Of(turns), 5, 2);
        Check("part of mapped", mapped.Slice(7, 20), Of(map.Skip(7).Take(20)), 5, 2);
        Check("part of a part in turn", inTurn.Slice(3, 30).Slice(2, 21), Of(turns.Skip(5).Take(21)), 5, 2);
        Assert.Throws<ArgumentOutOfRangeException>(() => mapped.Slice(30, 7));
        Assert.Throws<ModelFileException>(() => MatrixSource.InTurn(mapped, mapped.Slice(0, 4)));
    }

    static void Check(string what, MatrixSource source, float[] weights, int batch, int threads)
    {
        (int outputs, int inputs) = (source.Rows, source.Columns);
        using var pool = new ComputePool(threads);
        using var product = new MatrixProduct(pool);
        using var transposed = new TransposedProduct(pool);
        using var rows = new ActivationBatch();
        using var matrix = new FloatMatrix(source);
        float[] x = KernelData.Floats(batch, batch * inputs), dy = KernelData.Floats(batch + 50, batch * outputs);
        using FloatRows left = Rows(x, batch), right = Rows(dy, batch), y = new FloatRows(outputs).Resize(batch), dx = new FloatRows(inputs).Resize(batch);
        product.Run(rows.Set(left), matrix, y);
        float[] there = [.. from t in Enumerable.Range(0, batch) from o in Enumerable.Range(0, outputs) select ScalarDot.Dot(x.AsSpan(t * inputs, inputs), weights.AsSpan(o * inputs, inputs))];
        KernelData.SameBits(there, y.All, $"{what}, there");
        transposed.Run(right, source, dx);
        float[][] columns = [.. Enumerable.Range(0, inputs).Select(c => Enumerable.Range(0, outputs).Select(o => weights[o * inputs + c]).ToArray())];
        float[] back = [.. from t in Enumerable.Range(0, batch) from c in Enumerable.Range(0, inputs) select ScalarDot.Dot(dy.AsSpan(t * outputs, outputs), columns[c])];
        KernelData.SameBits(back, dx.All, $"{what}, back");
    }

    GgufFile Stored(BlockFormat format, int rows, int columns)
    {
        string path = _folder.File($"{format.Name}-{rows}-{columns}.gguf");
        byte[] bytes = new byte[format.RowBytes(columns) * rows];
        format.Quantize(KernelData.Floats(rows, rows * columns, 0.1f), bytes);
        var writer = new GgufWriter();
        writer.AddTensor("w", format.Type, [rows, columns], stream => stream.Write(bytes));
        writer.Write(path);
        return GgufFile.Open(path);
    }

    static FloatRows Rows(float[] values, int rows)
    {
        FloatRows result = new FloatRows(values.Length / rows).Resize(rows);
        values.CopyTo(result.All);
        return result;
    }

    public void Dispose() => _folder.Dispose();
}
