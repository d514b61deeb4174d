using Poise.Tensors;
using Poise.Tensors.Kernels;
using Poise.Tensors.Kernels.Reference;
using Poise.Tensors.Matrices;
using Poise.Tensors.Threading;

namespace Poise.Tests.Kernels;

/// <summary>The integer kernels on every vector width against the scalar references, to the bit, extreme codes included.</summary>
public unsafe class QuantizedKernelTests
{
    static readonly int[] s_batches = [1, 2, 3, 31, 32];

    [Theory]
    [InlineData(32)]
    [InlineData(256)]
    [InlineData(2880)]
    public void Activations(int columns)
    {
        Quantise<Lanes128>(columns);
        Quantise<Lanes256>(columns);
        Quantise<Lanes512>(columns);
    }

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    [InlineData(float.NegativeInfinity)]
    public void ANumberThatIsNoneShowsInTheScale(float value)
    {
        foreach (int place in (int[])[0, 15, 16, 31])
        {
            using var tile = new Tile(1, 64, false);
            tile.Rows[0][place] = value;
            using var copy = new NativeBuffer(64 * sizeof(float));
            tile.Rows[0].AsSpan().CopyTo(copy.AsFloats(0, 64));
            float* row = copy.Floats;
            Quantize8.Tile<Lanes128>(&row, 64, tile.Quantized);
            Assert.True(float.IsNaN(tile.Quantized.Scales[0]) && float.IsFinite(tile.Quantized.Scales[1]));
            for (int k = 0; k < 32; k++) Assert.Equal(0, tile.Quantized.Codes[k]);
            if (Lanes256.IsSupported) Quantize8.Tile<Lanes256>(&row, 64, tile.Quantized);
            Assert.True(float.IsNaN(tile.Quantized.Scales[0]) && float.IsFinite(tile.Quantized.Scales[1]));
            if (Lanes512.IsSupported) Quantize8.Tile<Lanes512>(&row, 64, tile.Quantized);
            Assert.True(float.IsNaN(tile.Quantized.Scales[0]) && float.IsFinite(tile.Quantized.Scales[1]));
        }
    }

    [Theory]
    [InlineData(32, false)]
    [InlineData(96, false)]
    [InlineData(2880, false)]
    [InlineData(2880, true)]
    public void MicroscalingFp4(int columns, bool extreme)
    {
        var data = new Weights(columns, extreme);
        foreach (int rows in s_batches)
        {
            using var x = new Tile(rows, columns, extreme);
            Mx<RowLanes128>(data, x);
            Mx<RowLanesDot>(data, x);
            Mx<RowLanes256>(data, x);
            Mx<RowLanes512>(data, x);
        }
    }

    public static TheoryData<bool, int, bool, bool> Layouts =>
        new(from half in (bool[])[false, true]
            from subs in half ? (int[])[1] : [1, 2]
            from minima in half ? (bool[])[false] : [false, true]
            from extreme in (bool[])[false, true]
            select (half, subs, minima, extreme));

    [Theory]
    [MemberData(nameof(Layouts))]
    public void EightBitCodes(bool half, int subBlocks, bool minima, bool extreme)
    {
        var layout = new PackedCodes.Layout(half, subBlocks, minima);
        foreach (int columns in (int[])[32, 96, 2880])
        {
            var data = new Weights(columns, extreme);
            foreach (int rows in s_batches)
            {
                using var x = new Tile(rows, columns, extreme);
                Codes<RowLanes128>(layout, data, x);
                Codes<RowLanesDot>(layout, data, x);
                Codes<RowLanes256>(layout, data, x);
                Codes<RowLanes512>(layout, data, x);
            }
        }
    }

    static void Quantise<TLanes>(int columns) where TLanes : struct, ILanes<TLanes>
    {
        if (!TLanes.IsSupported) return;
        using var x = new Tile(3, columns, extreme: false);
        // A block of zeros, one whose reciprocal overflows, exact ties, and the largest numbers.
        x.Rows[0].AsSpan(0, 32).Clear();
        x.Rows[1].AsSpan(0, 32).Fill(1e-39f);
        for (int k = 0; k < 32; k++) x.Rows[2][k] = k == 31 ? 127f : k - 15.5f;
        if (columns > 32) x.Rows[2].AsSpan(32, 32).Fill(float.MaxValue);
        using FloatRows rows = x.ToRows();
        float** pointers = stackalloc float*[3];
        for (int t = 0; t < 3; t++) pointers[t] = rows.RowPointer(t);
        Quantize8.Tile<TLanes>(pointers, columns, x.Quantized);
        sbyte[] codes = new sbyte[columns];
        float[] scales = new float[columns / 32];
        for (int t = 0; t < 3; t++)
        {
            ScalarQuantize8.Row(x.Rows[t], codes, scales);
            for (int b = 0; b < scales.Length; b++)
            {
                int index = b * 3 + t;
                KernelData.SameBits(scales[b], x.Quantized.Scales[index], $"{typeof(TLanes).Name} scale {b} of row {t}");
                Assert.True(codes.AsSpan(b * 32, 32).SequenceEqual(new Span<sbyte>(x.Quantized.Codes + index * 32, 32)), $"{typeof(TLanes).Name} block {b} of row {t}");
            }
        }
    }

    /// <summary>Four rows at once are what each is alone, byte for byte.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(5)]
    [InlineData(90)]
    public void FourRowsInterleaved(int blocks)
    {
        var random = new Random(blocks);
        byte[][] rows = [.. Enumerable.Range(0, 16).Select(_ => new byte[34 * blocks])];
        foreach (byte[] row in rows) random.NextBytes(row);
        using NativeBuffer expected = new(544L * blocks, cleared: true), actual = new(544L * blocks, cleared: true);
        for (int r = 0; r < 16; r++)
            fixed (byte* row = rows[r]) PackedMx.PackRow(row, blocks, r, expected.Pointer);
        for (int r = 0; r < 16; r += 4)
            fixed (byte* a = rows[r], b = rows[r + 1], c = rows[r + 2], d = rows[r + 3]) Interleave.Mx(a, b, c, d, blocks, r, actual.Pointer);
        Assert.True(new Span<byte>(expected.Pointer, 272 * blocks).SequenceEqual(new Span<byte>(actual.Pointer, 272 * blocks)));

        for (int r = 0; r < 16; r++)
            for (int b = 0; b < blocks; b++)
                for (int k = 0; k < 32; k++) expected.Pointer[512 * b + 64 * (k / 4) + 4 * r + k % 4] = (byte)(rows[r][34 * b + 2 + k] ^ 0x80);
        for (int r = 0; r < 16; r += 4)
            fixed (byte* a = rows[r], b = rows[r + 1], c = rows[r + 2], d = rows[r + 3]) Interleave.Codes(a + 2, b + 2, c + 2, d + 2, 34, blocks, actual.Pointer + 4 * r, 512);
        Assert.True(new Span<byte>(expected.Pointer, 512 * blocks).SequenceEqual(new Span<byte>(actual.Pointer, 512 * blocks)));
    }

    static void Mx<TRows>(Weights data, Tile x) where TRows : struct, IRowLanes<TRows>
    {
        if (!TRows.IsSupported) return;
        int blocks = data.Columns / 32;
        using var group = new NativeBuffer((long)blocks * PackedMx.BlockBytes + 8192);
        for (int r = 0; r < 16; r++)
            fixed (byte* row = data.Mx[r]) PackedMx.PackRow(row, blocks, r, group.Pointer);
        float[] actual = new float[16 * x.Rows.Length];
        fixed (float* a = actual) PackedMx.Multiply<TRows>(group.Pointer, blocks, x.Quantized, a);
        for (int t = 0; t < x.Rows.Length; t++)
            for (int r = 0; r < 16; r++)
                KernelData.SameBits(ScalarBlockProduct.Mx(data.Mx[r], x.Codes[t], x.Scales[t]), actual[t * 16 + r], $"{typeof(TRows).Name} {data.Columns} columns, row {r} with row {t} of {x.Rows.Length}");
    }

    static void Codes<TRows>(PackedCodes.Layout layout, Weights data, Tile x) where TRows : struct, IRowLanes<TRows>
    {
        if (!TRows.IsSupported) return;
        int blocks = data.Columns / 32, subs = layout.SubBlocks;
        using var group = new NativeBuffer((long)blocks * layout.BlockBytes + 8192);
        for (int r = 0; r < 16; r++)
        {
            for (int b = 0; b < blocks; b++)
            {
                byte* block = group.Pointer + b * layout.BlockBytes;
                for (int s = 0; s < subs; s++)
                {
                    if (layout.HalfScales) ((Half*)block)[r] = (Half)data.Scales[r][b];
                    else ((float*)block)[16 * s + r] = data.Scales[r][b * subs + s];
                    if (layout.HasMinima) ((float*)(block + layout.ScaleBytes))[16 * s + r] = data.Minima[r][b * subs + s];
                }

                for (int k = 0; k < 32; k++) block[layout.HeadBytes + 64 * (k / 4) + 4 * r + k % 4] = (byte)(data.Codes[r][32 * b + k] + 128);
            }
        }

        float[] actual = new float[16 * x.Rows.Length];
        fixed (float* a = actual) PackedCodes.Multiply<TRows>(layout, group.Pointer, blocks, x.Quantized, a);
        for (int r = 0; r < 16; r++)
        {
            float[] scales = data.Scales[r][..(blocks * subs)], minima = layout.HasMinima ? data.Minima[r][..(blocks * subs)] : [];
            if (layout.HalfScales) scales = Array.ConvertAll(scales, s => (float)(Half)s);
            for (int t = 0; t < x.Rows.Length; t++)
                KernelData.SameBits(ScalarBlockProduct.Codes(data.Codes[r], scales, minima, 32 / subs, x.Codes[t], x.Scales[t]), actual[t * 16 + r],
                    $"{typeof(TRows).Name} {layout} {data.Columns} columns, row {r} with row {t} of {x.Rows.Length}");
        }
    }

    /// <summary>Sixteen rows of weights in both encodings.</summary>
    sealed class Weights
    {
        public Weights(int columns, bool extreme)
        {
            Columns = columns;
            for (int r = 0; r < 16; r++)
            {
                Mx[r] = KernelData.Bytes(r, columns / 32 * 17);
                Codes[r] = Array.ConvertAll(KernelData.Bytes(100 + r, columns), b => (sbyte)b);
                Scales[r] = KernelData.Floats(200 + r, columns / 16);
                Minima[r] = KernelData.Floats(300 + r, columns / 16);
                // Around 1, so that no sum overflows; exponent 0 (subnormal) once.
                for (int b = 0; b < columns / 32; b++) Mx[r][17 * b] = (byte)(b == 1 ? 0 : 120 + (Mx[r][17 * b] & 15));
                if (!extreme) continue;
                for (int k = 0; k < Mx[r].Length; k++)
                    if (k % 17 != 0) Mx[r][k] = (r % 3) switch { 0 => 0x77, 1 => 0xff, _ => 0x7f };
                for (int k = 0; k < columns; k++) Codes[r][k] = (sbyte)((r % 3) switch { 0 => 127, 1 => -128, _ => k % 2 == 0 ? 127 : -128 });
            }
        }

        public int Columns { get; }
        public byte[][] Mx { get; } = new byte[16][];
        public sbyte[][] Codes { get; } = new sbyte[16][];
        public float[][] Scales { get; } = new float[16][];
        public float[][] Minima { get; } = new float[16][];
    }

    /// <summary>Activation rows, quantised by the product and by the reference.</summary>
    sealed class Tile : IDisposable
    {
        readonly ComputePool _pool = new(1);
        readonly ActivationBatch _batch = new();
        readonly FloatRows _rows;

        public Tile(int rows, int columns, bool extreme)
        {
            Rows = [.. Enumerable.Range(0, rows).Select(t => KernelData.Floats(500 + t, columns))];
            if (extreme)
                for (int t = 0; t < rows; t++)
                    for (int k = 0; k < columns; k++) Rows[t][k] = (t % 3) switch { 0 => 1f, 1 => -1f, _ => k % 2 == 0 ? 1f : -1f };
            Codes = [.. Rows.Select(_ => new sbyte[columns])];
            Scales = [.. Rows.Select(_ => new float[columns / 32])];
            for (int t = 0; t < rows; t++) ScalarQuantize8.Row(Rows[t], Codes[t], Scales[t]);
            _rows = ToRows();
            _batch.Set(_rows).Quantize(_pool);
        }

        public float[][] Rows { get; }
        public sbyte[][] Codes { get; }
        public float[][] Scales { get; }
        public QuantizedTile Quantized => _batch.Tile(0);

        public FloatRows ToRows()
        {
            var rows = new FloatRows(Rows[0].Length);
            rows.Resize(Rows.Length);
            for (int t = 0; t < Rows.Length; t++) Rows[t].CopyTo(rows.Row(t));
            return rows;
        }

        public void Dispose()
        {
            _rows.Dispose();
            _batch.Dispose();
            _pool.Dispose();
        }
    }
}
