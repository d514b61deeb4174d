using Poise.Tensors;
using Poise.Tensors.Kernels;
using Poise.Tensors.Kernels.Reference;
using Poise.Tensors.Matrices;
using Poise.Tensors.Quantization;
using Poise.Tensors.Threading;

namespace Poise.Tests.Kernels;

/// <summary>
/// Layouts of 4 and 6 bits on every vector width against the scalar reference and against the same weights as 8-bit codes, to the
/// bit: random blocks, and the largest codes and scales against the largest activations.
/// </summary>
public unsafe class PackedFormatTests
{
    public static TheoryData<TensorType, int, Extreme> Cases =>
        new(from type in (TensorType[])[TensorType.Q4_K, TensorType.Q4_0, TensorType.Q4_1, TensorType.Q6_K]
            from columns in (int[])[256, 768, 2816]
            from extreme in Enum.GetValues<Extreme>()
            select (type, columns, extreme));

    /// <summary>Which bytes of a block are neither random nor those of an encoder.</summary>
    public enum Extreme
    {
        None,
        AllOnes,
        AllZeros,
        Alternating,
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void SameBitsAsTheReferenceAndAsEightBitCodes(TensorType type, int columns, Extreme extreme)
    {
        BlockFormat format = BlockFormats.Get(type);
        int blocks = columns / 32;
        byte[][] rows = [.. Enumerable.Range(0, 16).Select(r => Row(format, columns, r, extreme))];
        using var group = new NativeBuffer(PackedFormat.Of(type)!.Bytes(blocks) + 8192);
        for (int r = 0; r < 16; r++)
            fixed (byte* row = rows[r]) PackedFormat.Of(type)!.PackRow(row, blocks, r, group.Pointer);
        using NativeBuffer codes = AsCodes(format, rows, columns);
        using var pool = new ComputePool(1);
        foreach (int count in columns == 256 ? Enumerable.Range(1, 32) : [1, 2, 31])
        {
            float[][] x = [.. Enumerable.Range(0, count).Select(t => Activations(t, columns, extreme))];
            using var values = new FloatRows(columns);
            using var batch = new ActivationBatch();
            values.Resize(count);
            for (int t = 0; t < count; t++) x[t].CopyTo(values.Row(t));
            batch.Set(values).Quantize(pool);
            QuantizedTile tile = batch.Tile(0);
            float[] expected = Reference(format, rows, x);
            string what = $"{type} {columns} columns, {count} rows, {extreme}";
            float[] actual = new float[16 * count];
            fixed (float* a = actual) PackedCodes.Multiply(QuantizedMatrix.LayoutOf(format), codes.Pointer, blocks, tile, a);
            KernelData.SameBits(expected, actual, $"{what}, 8-bit codes");
            KernelData.SameBits(expected, Run<RowLanes128>(type, group, blocks, tile), $"{what}, 128 bits");
            KernelData.SameBits(expected, Run<RowLanesDot>(type, group, blocks, tile), $"{what}, dot products");
            if (RowLanes256.IsSupported) KernelData.SameBits(expected, Run<RowLanes256>(type, group, blocks, tile), $"{what}, 256 bits");
            if (RowLanes512.IsSupported) KernelData.SameBits(expected, Run<RowLanes512>(type, group, blocks, tile), $"{what}, 512 bits");
            fixed (float* a = actual) PackedFormat.Of(type)!.Multiply(group.Pointer, blocks, tile, a);
            KernelData.SameBits(expected, actual, $"{what}, the table's kernel");
        }
    }

    [Theory]
    [InlineData(TensorType.MXFP4, 17)]
    [InlineData(TensorType.Q4_0, 18)]
    [InlineData(TensorType.Q4_1, 20)]
    [InlineData(TensorType.Q4_K, 18.5)]
    [InlineData(TensorType.Q6_K, 26.5)]
    public void TakesAboutTheBytesOfTheFile(TensorType type, double bytesPerBlock)
    {
        Assert.Equal(bytesPerBlock * 16 * 88, PackedFormat.Of(type)!.Bytes(88));
        Assert.InRange(bytesPerBlock * BlockFormats.Get(type).BlockElements / 32, BlockFormats.Get(type).BlockBytes, 1.03 * BlockFormats.Get(type).BlockBytes);
    }

    static float[] Run<TRows>(TensorType type, NativeBuffer group, int blocks, QuantizedTile tile) where TRows : struct, IRowLanes<TRows>
    {
        float[] actual = new float[16 * tile.Rows];
        fixed (float* a = actual)
        {
            switch (type)
            {
                case TensorType.Q4_K: PackedNibbles.Multiply<TRows>(PackedNibbles.Layout.Q4_K, group.Pointer, blocks, tile, a); break;
                case TensorType.Q4_0: PackedNibbles.Multiply<TRows>(PackedNibbles.Layout.Q4_0, group.Pointer, blocks, tile, a); break;
                case TensorType.Q4_1: PackedNibbles.Multiply<TRows>(PackedNibbles.Layout.Q4_1, group.Pointer, blocks, tile, a); break;
                default: PackedSixBits.Multiply<TRows>(group.Pointer, blocks, tile, a); break;
            }
        }

        return actual;
    }

    static float[] Reference(BlockFormat format, byte[][] rows, float[][] x)
    {
        int columns = x[0].Length, subs = columns / format.SubBlock;
        float[] expected = new float[16 * x.Length], scales = new float[columns / 32], weightScales = new float[subs], minima = new float[subs];
        sbyte[] codes = new sbyte[columns], weights = new sbyte[columns];
        for (int r = 0; r < 16; r++)
        {
            format.Unpack(rows[r], weights, weightScales, minima);
            for (int t = 0; t < x.Length; t++)
            {
                ScalarQuantize8.Row(x[t], codes, scales);
                expected[16 * t + r] = ScalarBlockProduct.Codes(weights, weightScales, format.HasMinima ? minima : [], format.SubBlock, codes, scales);
            }
        }

        return expected;
    }

    static NativeBuffer AsCodes(BlockFormat format, byte[][] rows, int columns)
    {
        PackedCodes.Layout layout = QuantizedMatrix.LayoutOf(format);
        int subs = columns / format.SubBlock;
        var group = new NativeBuffer((long)columns / 32 * layout.BlockBytes + 8192);
        float[] scales = new float[subs], minima = new float[subs];
        sbyte[] codes = new sbyte[columns];
        for (int r = 0; r < 16; r++)
        {
            format.Unpack(rows[r], codes, scales, minima);
            for (int s = 0; s < subs; s++)
            {
                byte* block = group.Pointer + s / layout.SubBlocks * layout.BlockBytes;
                int place = s % layout.SubBlocks * 16 + r;
                ((float*)block)[place] = scales[s];
                if (layout.HasMinima) ((float*)(block + layout.ScaleBytes))[place] = minima[s];
            }

            for (int k = 0; k < columns; k++)
                group.Pointer[k / 32 * layout.BlockBytes + layout.HeadBytes + 64 * (k % 32 / 4) + 4 * r + k % 4] = (byte)(codes[k] + 128);
        }

        return group;
    }

    static byte[] Row(BlockFormat format, int columns, int r, Extreme extreme)
    {
        byte[] row = KernelData.Bytes(100 + r, (int)format.RowBytes(columns));
        for (int i = 0; i < row.Length; i++)
        {
            row[i] = extreme switch
            {
                Extreme.None => row[i],
                Extreme.AllOnes => 0xff,
                Extreme.AllZeros => 0,
                // Signed scales of Q6_K: 127 and -128.
                _ => (byte)(format.Type == TensorType.Q6_K && i % format.BlockBytes >= 192 ? 0x7f + (i + r) % 2 : i % 2 == 0 ? 0xf0 : 0x0f),
            };
        }

        // Halves around 1/16, of either sign, a subnormal one and a zero: random ones would be infinite or none.
        for (int b = 0; b < row.Length / format.BlockBytes; b++)
        {
            int at = b * format.BlockBytes + (format.Type == TensorType.Q6_K ? 208 : 0);
            Half((ushort)((b + r) % 7 switch { 0 => 0x0001 + b, 1 => 0xac00 + b, 2 => 0, _ => 0x2c00 + 16 * r + b }), at);
            if (format.HasMinima) Half((ushort)((b + r) % 5 == 0 ? 0xad00 + b : 0x2d00 + 16 * r + b), at + 2);
        }

        return row;

        void Half(ushort bits, int at)
        {
            row[at] = (byte)bits;
            row[at + 1] = (byte)(bits >> 8);
        }
    }

    static float[] Activations(int t, int columns, Extreme extreme)
    {
        float[] x = KernelData.Floats(500 + t, columns);
        if (extreme != Extreme.None)
            for (int k = 0; k < columns; k++) x[k] = (t % 3) switch { 0 => 1f, 1 => -1f, _ => k % 2 == 0 ? 1f : -1f };
        return x;
    }
}
