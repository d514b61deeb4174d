using Poise.Tensors.Kernels;
using Poise.Tensors.Quantization;
using Poise.Tensors.Threading;

namespace Poise.Tensors.Matrices;

/// <summary>
/// A matrix in a block format, multiplied with 8-bit activations by integer dot products. Either packed once (16 rows
/// interleaved, held in memory) or read from the mapped file, where each group is interleaved into scratch as it is used:
/// the same kernel either way, hence the same bits.
/// </summary>
sealed unsafe class QuantizedMatrix : WeightMatrix
{
    readonly int _blocks;
    readonly PackedFormat? _own;
    readonly PackedCodes.Layout _layout;
    NativeBuffer? _packed;

    public QuantizedMatrix(MatrixSource source) : base(source)
    {
        BlockFormat format = source.Format;
        _blocks = source.Columns / QuantizedTile.BlockSize;
        _own = PackedFormat.Of(format.Type);
        _layout = LayoutOf(format);
    }

    /// <summary>How scales and minima of a format lie in a packed block.</summary>
    public static PackedCodes.Layout LayoutOf(BlockFormat format) => new(format.Type == TensorType.Q8_0, QuantizedTile.BlockSize / format.SubBlock, format.HasMinima);

    /// <summary>Whether a format has an integer path for rows of this length.</summary>
    public static bool Applies(MatrixSource source) => source.Format.SubBlock > 0 && source.Columns % QuantizedTile.BlockSize == 0;

    public override bool ReadsInt8 => true;

    long GroupBytes => _own?.Bytes(_blocks) ?? (long)_blocks * _layout.BlockBytes;

    public override long PackedBytes => GroupBytes * Groups;

    internal override long ScratchBytes => GroupBytes + Accumulators + Source.RowBytes + Source.Columns + 8L * (Source.Columns / 16) + 256;

    static long Accumulators => QuantizedTile.MaxRows * GroupRows * sizeof(float);

    internal override void Pack(ComputePool pool)
    {
        var packed = new NativeBuffer(PackedBytes + 8192); // the prefetch of the last blocks looks past the end
        pool.For(Groups, 4, (start, end, _) =>
        {
            using var scratch = new NativeBuffer(ScratchBytes);
            for (int g = start; g < end; g++) PackGroup(g, packed.Pointer + g * GroupBytes, scratch.Pointer);
        });
        _packed = packed;
        Source.Release();
    }

    internal override void Compute(int group, ActivationBatch x, int firstTile, int tileCount, float* y, long stride, byte* scratch)
    {
        float* accumulators = (float*)scratch;
        byte* weights;
        if (_packed is not null)
        {
            weights = _packed.Pointer + group * GroupBytes;
        }
        else
        {
            weights = scratch + Accumulators;
            PackGroup(group, weights, weights + GroupBytes);
        }

        int rows = Math.Min(GroupRows, Rows - group * GroupRows);
        for (int i = firstTile; i < firstTile + tileCount; i++)
        {
            QuantizedTile tile = x.Tile(i);
            if (_own is not null) _own.Multiply(weights, _blocks, tile, accumulators);
            else PackedCodes.Multiply(_layout, weights, _blocks, tile, accumulators);
            (int first, int count) = x.TileRows(i);
            for (int t = 0; t < count; t++)
            {
                float* target = y + (first + t) * stride + group * GroupRows;
                for (int r = 0; r < rows; r++) target[r] = accumulators[t * GroupRows + r];
            }
        }
    }

    void PackGroup(int group, byte* target, byte* scratch)
    {
        int rows = Math.Min(GroupRows, Rows - group * GroupRows);
        // Rows past the end of the matrix are zeros: their results are not stored.
        if (rows < GroupRows) new Span<byte>(target, checked((int)GroupBytes)).Clear();
        for (int r = 0; r < rows; r++)
        {
            byte* row = Source.Row(group * GroupRows + r, scratch);
            if (_own is not null) _own.PackRow(row, _blocks, r, target);
            else PackRow(row, r, target, scratch + Source.RowBytes);
        }
    }

    void PackRow(byte* row, int index, byte* target, byte* scratch)
    {
        if (Source.Format.Type == TensorType.Q8_0)
        {
            for (int b = 0; b < _blocks; b++, row += 34, target += _layout.BlockBytes)
            {
                ((ushort*)target)[index] = (ushort)(row[0] | (row[1] << 8));
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

    public override void Dispose()
    {
        _packed?.Dispose();
        base.Dispose();
    }
}
