using Poise.Tensors;
using Poise.Tensors.Formats;
using Poise.Tensors.Kernels.Reference;
using Poise.Tensors.Matrices;
using Poise.Tensors.Quantization;
using Poise.Tensors.Threading;
using Poise.Tests.Support;

namespace Poise.Tests.Kernels;

/// <summary>Whole products in every encoding: packed = mapped = scalar reference, to the bit, for any number of rows and threads.</summary>
public unsafe class MatrixTests
{
    const int Columns = 512;

    public static TheoryData<TensorType> Blocks =>
    [
        TensorType.MXFP4, TensorType.Q8_0, TensorType.Q4_0, TensorType.Q4_1, TensorType.Q5_0, TensorType.Q5_1, TensorType.IQ4_NL, TensorType.IQ4_XS,
        TensorType.Q2_K, TensorType.Q3_K, TensorType.Q4_K, TensorType.Q5_K, TensorType.Q6_K,
    ];

    public static TheoryData<TensorType> Formats => [TensorType.F32, TensorType.F16, TensorType.BF16, .. Blocks.Select(row => row.Data)];

    [Theory]
    [MemberData(nameof(Blocks))]
    public void IntegerProducts(TensorType type)
    {
        foreach (int rows in (int[])[5, 16, 37])
        {
            using var stored = new Stored(type, rows);
            BlockFormat format = BlockFormats.Get(type);
            foreach (int batch in (int[])[1, 2, 31, 32, 33, 70])
            {
                float[][] x = Batch(batch);
                float[] expected = [.. x.SelectMany(row => Integer(format, stored, row))];
                foreach (int threads in (int[])[1, 3])
                {
                    KernelData.SameBits(expected, stored.Multiply(x, int8: true, packed: false, threads), $"{type} {rows} x {batch}, mapped, {threads} threads");
                    KernelData.SameBits(expected, stored.Multiply(x, int8: true, packed: true, threads), $"{type} {rows} x {batch}, packed, {threads} threads");
                }
            }
        }
    }

    [Theory]
    [MemberData(nameof(Formats))]
    public void FloatProducts(TensorType type)
    {
        foreach (int rows in (int[])[5, 16, 37])
        {
            using var stored = new Stored(type, rows);
            float[] weights = stored.Tensor.ToFloats();
            foreach (int batch in (int[])[1, 2, 4, 33, 70])
            {
                float[][] x = Batch(batch);
                float[] expected = [.. from row in x from r in Enumerable.Range(0, rows) select ScalarDot.Dot(weights.AsSpan(r * Columns, Columns), row)];
                foreach (bool packed in (bool[])[false, true])
                    KernelData.SameBits(expected, stored.Multiply(x, int8: false, packed, 2), $"{type} {rows} x {batch} in F32, {(packed ? "packed" : "mapped")}");
            }
        }
    }

    /// <summary>Rows that end within 32 columns, and within 16.</summary>
    [Theory]
    [InlineData(TensorType.BF16, 40)]
    [InlineData(TensorType.F16, 100)]
    [InlineData(TensorType.F32, 401)]
    [InlineData(TensorType.BF16, 817)]
    public void PlainRowsOfAnyLengthArePacked(TensorType type, int columns)
    {
        using var stored = new Stored(type, 21, columns);
        float[] weights = stored.Tensor.ToFloats();
        foreach (int batch in (int[])[1, 3, 4, 35])
        {
            float[][] x = [.. Enumerable.Range(0, batch).Select(t => KernelData.Floats(t, columns))];
            float[] expected = [.. from row in x from r in Enumerable.Range(0, 21) select ScalarDot.Dot(weights.AsSpan(r * columns, columns), row)];
            foreach (bool packed in (bool[])[false, true]) KernelData.SameBits(expected, stored.Multiply(x, int8: true, packed, 2), $"{type} {columns} x {batch}, packed {packed}");
        }
    }

    static float[][] Batch(int count) => [.. Enumerable.Range(0, count).Select(t => KernelData.Floats(t, Columns))];

    static float[] Integer(BlockFormat format, Stored stored, float[] x)
    {
        sbyte[] codes = new sbyte[Columns], weights = new sbyte[Columns];
        float[] scales = new float[Columns / 32];
        ScalarQuantize8.Row(x, codes, scales);
        float[] weightScales = new float[Columns / format.SubBlock], minima = new float[Columns / format.SubBlock], y = new float[stored.Rows];
        int rowBytes = (int)format.RowBytes(Columns);
        for (int r = 0; r < y.Length; r++)
        {
            ReadOnlySpan<byte> row = stored.Bytes.AsSpan(r * rowBytes, rowBytes);
            format.Unpack(row, weights, weightScales, minima);
            y[r] = format.Type == TensorType.MXFP4
                ? ScalarBlockProduct.Mx(row, codes, scales)
                : ScalarBlockProduct.Codes(weights, weightScales, format.HasMinima ? minima : [], format.SubBlock, codes, scales);
        }

        return y;
    }

    /// <summary>A matrix of random blocks in a file (packing gives the mapped pages back, so plain memory would not do).</summary>
    sealed class Stored : IDisposable
    {
        readonly TemporaryFolder _folder = new();
        readonly GgufFile _file;

        public Stored(TensorType type, int rows, int columns = MatrixTests.Columns)
        {
            (Rows, Columns) = (rows, columns);
            BlockFormat format = BlockFormats.Get(type);
            Bytes = new byte[format.RowBytes(Columns) * rows];
            if (format.CanQuantize) format.Quantize(KernelData.Floats(rows, rows * Columns, 0.1f), Bytes);
            // Random bytes reach every code and every sub-block scale; blocks whose scales are not sane numbers stay as they are.
            if (format.BlockElements > 1)
            {
                float[] values = new float[format.BlockElements];
                for (int b = 0; b < Bytes.Length / format.BlockBytes; b += 2)
                {
                    byte[] block = KernelData.Bytes(b, format.BlockBytes);
                    format.Dequantize(block, values);
                    if (values.All(v => MathF.Abs(v) < 1e6f)) block.CopyTo(Bytes, b * format.BlockBytes);
                }
            }

            var writer = new GgufWriter();
            writer.AddTensor("w", type, [rows, Columns], stream => stream.Write(Bytes));
            writer.Write(_folder.File("w.gguf"));
            _file = GgufFile.Open(_folder.File("w.gguf"));
        }

        public int Rows { get; }
        public int Columns { get; }
        public byte[] Bytes { get; }
        public StoredTensor Tensor => _file.Get("w");

        public float[] Multiply(float[][] x, bool int8, bool packed, int threads)
        {
            using var pool = new ComputePool(threads);
            using var product = new MatrixProduct(pool);
            using var batch = new ActivationBatch();
            using var rows = new FloatRows(Columns);
            using var y = new FloatRows(Rows);
            using WeightMatrix matrix = new MatrixLoader(pool, int8, packed).Load(MatrixSource.FromTensor(Tensor, Rows, Columns));
            rows.Resize(x.Length);
            for (int t = 0; t < x.Length; t++) x[t].CopyTo(rows.Row(t));
            product.Run(batch.Set(rows), matrix, y.Resize(x.Length));
            return y.All.ToArray();
        }

        public void Dispose()
        {
            _file.Dispose();
            _folder.Dispose();
        }
    }
}
