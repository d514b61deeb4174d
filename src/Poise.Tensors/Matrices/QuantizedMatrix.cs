using Poise.Tensors.Kernels;
using Poise.Tensors.Quantization;

namespace Poise.Tensors.Matrices;

/// <summary>
/// A matrix in a block format, multiplied with 8-bit activations by integer dot products. Packed, 16 rows are
/// interleaved; from the mapped file each group is interleaved into scratch as it is used.
/// </summary>
sealed unsafe class QuantizedMatrix : WeightMatrix
{
    readonly int _blocks;
    readonly PackedFormat? _own;
    readonly PackedCodes.Layout _layout;

    public QuantizedMatrix(MatrixSource source) : base(source)
    {
        BlockFormat format = source.Format;
        _blocks = source.Columns / QuantizedTile.BlockSize;
        _own = PackedFormat.Of(format.Type);
        _layout = LayoutOf(format);
        KernelOverride.Prepare(format.Type);
    }

    /// <summary>How scales and minima of a format lie in a packed block.</summary>
    public static PackedCodes.Layout LayoutOf(BlockFormat format) => new(format.Type == TensorType.Q8_0, QuantizedTile.BlockSize / format.SubBlock, format.HasMinima);

    /// <summary>Whether a format has an integer path for rows of this length.</summary>
    public static bool Applies(MatrixSource source) => source.Format.SubBlock > 0 && source.Columns % QuantizedTile.BlockSize == 0;

    public override bool ReadsInt8 => true;

    public override bool CanPack => true;

    private protected override long GroupBytes => _own?.Bytes(_blocks) ?? (long)_blocks * _layout.BlockBytes;

    internal override long ScratchBytes => GroupBytes + Accumulators + 4 * Source.RowBytes + Source.Columns + 8L * (Source.Columns / 16) + 256;

    static long Accumulators => QuantizedTile.MaxRows * GroupRows * sizeof(float);

    internal override void Compute(int group, ActivationBatch x, int firstTile, int tileCount, float* y, long stride, byte* scratch)
    {
        float* accumulators = (float*)scratch;
        byte* weights = Packed(group);
        if (weights is null)
        {
            weights = scratch + Accumulators;
            PackGroup(group, weights, weights + GroupBytes);
        }

        int rows = Math.Min(GroupRows, Rows - group * GroupRows);
        for (int i = firstTile; i < firstTile + tileCount; i++)
        {
            QuantizedTile tile = x.Tile(i);
            Multiply(weights, tile, accumulators);
            (int first, int count) = x.TileRows(i);
            for (int t = 0; t < count; t++)
            {
                float* target = y + (first + t) * stride + group * GroupRows;
                for (int r = 0; r < rows; r++) target[r] = accumulators[t * GroupRows + r];
            }
        }
    }

    void Multiply(byte* weights, in QuantizedTile tile, float* accumulators)
    {
        if (KernelOverride.TryMultiply(Source.Format.Type, weights, _blocks, tile, accumulators)) return;
        if (_own is not null) _own.Multiply(weights, _blocks, tile, accumulators);
        else PackedCodes.Multiply(_layout, weights, _blocks, tile, accumulators);
    }

    private protected override void PackGroup(int group, byte* target, byte* scratch)
    {
        int rows = Math.Min(GroupRows, Rows - group * GroupRows);
        // Rows past the end of the matrix are zeros: their results are not stored.
        if (rows < GroupRows) new Span<byte>(target, checked((int)GroupBytes)).Clear();
        int done = Source.Format.Type is TensorType.MXFP4 or TensorType.Q8_0 ? PackFours(group, rows, target, scratch) : 0;
        for (int r = done; r < rows; r++)
        {
            byte* row = Source.Row(group * GroupRows + r, scratch);
            if (_own is not null) _own.PackRow(row, _blocks, r, target);
            else PackRow(row, r, target, scratch + Source.RowBytes);
        }
    }

    // Rows four at a time; returns how many were packed.
    int PackFours(int group, int rows, byte* target, byte* scratch)
    {
        int r = 0;
        for (; r + 4 <= rows; r += 4)
        {
            int first = group * GroupRows + r;
            byte* a = Source.Row(first, scratch), b = Source.Row(first + 1, scratch + Source.RowBytes);
            byte* c = Source.Row(first + 2, scratch + 2 * Source.RowBytes), d = Source.Row(first + 3, scratch + 3 * Source.RowBytes);
            if (Source.Format.Type == TensorType.MXFP4)
            {
                Interleave.Mx(a, b, c, d, _blocks, r, target);
                continue;
            }

            Interleave.Codes(a + 2, b + 2, c + 2, d + 2, 34, _blocks, target + _layout.HeadBytes + 4 * r, _layout.BlockBytes);
            for (int block = 0; block < _blocks; block++)
            {
                ushort* scales = (ushort*)(target + (long)block * _layout.BlockBytes) + r;
                (scales[0], scales[1], scales[2], scales[3]) = (Half16(a + 34 * block), Half16(b + 34 * block), Half16(c + 34 * block), Half16(d + 34 * block));
            }
        }

        return r;
    }

    static ushort Half16(byte* p) => (ushort)(p[0] | (p[1] << 8));

    void PackRow(byte* row, int index, byte* target, byte* scratch)
    {
        if (Source.Format.Type == TensorType.Q8_0)
        {
            for (int b = 0; b < _blocks; b++, row += 34, target += _layout.BlockBytes)
            {
                ((ushort*)target)[index] = Half16(row);
                SpreadCodes((sbyte*)row + 2, index, target + _layout.HeadBytes);
            }

            return;
        }

        int columns = Source.Columns, subs = columns / Source.Format.SubBlock;
        sbyte* codes = (sbyte*)scratch;
        float* scales = (float*)(scratch + columns), minima = scales + subs;
        Source.Format.Unpack(new ReadOnlySpan<byte>(row, checked((int)Source.RowBytes)), new Span<sbyte>(codes, columns), new Span<float>(scales, subs), new Span<float>(minima, subs));
        for (int b = 0; b < _blocks; b++, target += _layout.BlockBytes)
        {
            for (int s = 0; s < _layout.SubBlocks; s++)
            {
                ((float*)target)[s * 16 + index] = scales[b * _layout.SubBlocks + s];
                if (_layout.HasMinima) ((float*)(target + _layout.ScaleBytes))[s * 16 + index] = minima[b * _layout.SubBlocks + s];
            }

            SpreadCodes(codes + b * 32, index, target + _layout.HeadBytes);
        }
    }

    static void SpreadCodes(sbyte* codes, int index, byte* target)
    {
        for (int g = 0; g < 8; g++)
            *(uint*)(target + 64 * g + 4 * index) = *(uint*)(codes + 4 * g) ^ 0x80808080u;
    }
}
