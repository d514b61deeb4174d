namespace Poise.Tensors.Kernels;

/// <summary>
/// Formats that are packed in a layout of their own rather than as 8-bit codes: one row each. A unit is the fewest blocks of 32
/// columns that such a layout holds, of 16 rows.
/// </summary>
sealed unsafe class PackedFormat
{
    /// <summary>Spreads one row of <paramref name="blocks"/> blocks of 32 columns, as the file has it, over a packed group as its row <paramref name="index"/>.</summary>
    public delegate void RowPacker(byte* row, int blocks, int index, byte* group);

    /// <summary>accumulators[t * 16 + r] = row r of the group times activation row t.</summary>
    public delegate void Kernel(byte* group, int blocks, in QuantizedTile tile, float* accumulators);

    static readonly Dictionary<TensorType, PackedFormat> s_formats = new()
    {
        [TensorType.MXFP4] = new(1, PackedMx.BlockBytes, PackedMx.PackRow, PackedMx.Multiply),
        [TensorType.Q4_0] = Nibbles(TensorType.Q4_0, PackedNibbles.Layout.Q4_0),
        [TensorType.Q4_1] = Nibbles(TensorType.Q4_1, PackedNibbles.Layout.Q4_1),
        [TensorType.Q4_K] = Nibbles(TensorType.Q4_K, PackedNibbles.Layout.Q4_K),
        [TensorType.Q6_K] = new(PackedSixBits.UnitBlocks, PackedSixBits.UnitBytes, CodeSpreader.SixBits, PackedSixBits.Multiply),
    };

    readonly int _unitBlocks, _unitBytes;

    PackedFormat(int unitBlocks, int unitBytes, RowPacker packRow, Kernel multiply)
    {
        _unitBlocks = unitBlocks;
        _unitBytes = unitBytes;
        PackRow = packRow;
        Multiply = multiply;
    }

    public RowPacker PackRow { get; }

    public Kernel Multiply { get; }

    /// <summary>Null: as 8-bit codes.</summary>
    public static PackedFormat? Of(TensorType type) => s_formats.GetValueOrDefault(type);

    /// <summary>Bytes of so many blocks of 32 columns and 16 rows.</summary>
    public long Bytes(long blocks) => checked((blocks + _unitBlocks - 1) / _unitBlocks * _unitBytes);

    static PackedFormat Nibbles(TensorType type, PackedNibbles.Layout layout) => new(layout.Blocks, layout.UnitBytes,
        (row, blocks, index, group) => CodeSpreader.Nibbles(type, layout, row, blocks, index, group),
        (group, blocks, in tile, accumulators) => PackedNibbles.Multiply(layout, group, blocks, tile, accumulators));
}
