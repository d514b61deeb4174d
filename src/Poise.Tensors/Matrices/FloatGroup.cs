using System.Runtime.CompilerServices;
using Poise.Tensors.Kernels;

namespace Poise.Tensors.Matrices;

/// <summary>
/// Up to sixteen rows of weights times the rows of a batch, in F32. A few batch rows meet the weights as they stream by;
/// for more, the weights become panels first. Both ways give the same bits.
/// </summary>
static unsafe class FloatGroup
{
    /// <summary>So many batch rows of a tile are multiplied without panels: a pass over weights that lie in the first cache costs less.</summary>
    public const int FewRows = 3;

    /// <summary>Columns of a row that lie side by side wherever its others are.</summary>
    public const int ChunkColumns = 32;

    const int Panels = WeightMatrix.GroupRows / FloatTile.Rows;

    const int SumFloats = QuantizedTile.MaxRows / FloatTile.Rows * Panels * FloatTile.SumFloats;

    /// <summary>Floats that the sums of a tile take.</summary>
    public const int SumsFloats = SumFloats + 2 * FloatTile.SumFloats;

    public static long ScratchBytes(int columns) => new FloatBlocks(columns).Bytes(Panels) + SumsFloats * sizeof(float);

    /// <summary>y[(row of batch) * stride + i] = rows[i] . (row of batch) for the batch rows of some tiles.</summary>
    /// <param name="chunk">Bytes from 32 columns of a row to the next 32.</param>
    /// <param name="following">Where weights will be read next.</param>
    public static void Multiply<TWeights>(byte** rows, int count, long chunk, byte* following, ActivationBatch x, int firstTile, int tileCount, float* y, long stride, float* scratch)
        where TWeights : struct, IFloatWeights
    {
        if (Lanes512.IsSupported) Multiply<Lanes512, TWeights>(rows, count, chunk, following, x, firstTile, tileCount, y, stride, scratch);
        else if (Lanes256.IsSupported) Multiply<Lanes256, TWeights>(rows, count, chunk, following, x, firstTile, tileCount, y, stride, scratch);
        else Multiply<Lanes128, TWeights>(rows, count, chunk, following, x, firstTile, tileCount, y, stride, scratch);
    }

    public static void Multiply<TLanes, TWeights>(byte** rows, int count, long chunk, byte* following, ActivationBatch x, int firstTile, int tileCount, float* y, long stride, float* scratch)
        where TLanes : struct, ILanes<TLanes>
        where TWeights : struct, IFloatWeights
    {
        byte** padded = stackalloc byte*[WeightMatrix.GroupRows];
        // Rows that are missing repeat the last one; their results are not stored.
        for (int i = 0; i < WeightMatrix.GroupRows; i++) padded[i] = rows[Math.Min(i, count - 1)];
        bool packed = false;
        for (int tile = firstTile; tile < firstTile + tileCount; tile++)
        {
            (int first, int rowsOfTile) = x.TileRows(tile);
            if (rowsOfTile <= FewRows)
            {
                Stream<TLanes, TWeights>(padded, count, chunk, following, x, first, rowsOfTile, y, stride);
                continue;
            }

            if (!packed) Pack<TLanes, TWeights>(padded, count, chunk, x.Columns, scratch);
            packed = true;
            Tile<TLanes>(scratch, Sums(scratch, x.Columns), count, x, tile, y, stride);
        }
    }

    static float* Sums(float* scratch, int columns) => scratch + new FloatBlocks(columns).Bytes(Panels) / sizeof(float);

    /// <summary>The same for weights that are panels already; all tiles must have panels too.</summary>
    public static void MultiplyPanels(float* panels, float* sums, int count, ActivationBatch x, int firstTile, int tileCount, float* y, long stride)
    {
        for (int tile = firstTile; tile < firstTile + tileCount; tile++)
        {
            if (Lanes512.IsSupported) Tile<Lanes512>(panels, sums, count, x, tile, y, stride);
            else if (Lanes256.IsSupported) Tile<Lanes256>(panels, sums, count, x, tile, y, stride);
            else Tile<Lanes128>(panels, sums, count, x, tile, y, stride);
        }
    }

    /// <summary>
    /// The same for coded weights, which are decoded a few columns at a time straight into panels. Tiles of few rows are none for this.
    /// </summary>
    /// <param name="scratch">Of <see cref="ScratchBytes"/>, then <see cref="DecodedFloats"/> floats, then the source's own.</param>
    public static void MultiplyDecoded(MatrixSource source, int first, int count, ActivationBatch x, int firstTile, int tileCount, float* y, long stride, float* scratch)
    {
        float* sums = Sums(scratch, x.Columns), decoded = sums + SumsFloats;
        var blocks = new FloatBlocks(x.Columns);
        byte** rows = stackalloc byte*[WeightMatrix.GroupRows];
        for (int r = 0; r < count; r++) rows[r] = source.Row(first + r, (byte*)(decoded + DecodedFloats) + r * source.ScratchBytes);
        for (int column = 0; column < x.Columns; column += DecodedColumns)
        {
            int columns = Math.Min(DecodedColumns, x.Columns - column);
            long offset = source.Format.RowBytes(column), bytes = source.Format.RowBytes(columns);
            // The same columns of the next rows: sixteen streams are too many for the hardware.
            for (int r = first + count; r < Math.Min(source.Rows, first + 2 * WeightMatrix.GroupRows); r++) source.Prefetch(r, offset, bytes);
            for (int r = 0; r < count; r++)
                source.Format.Dequantize(new ReadOnlySpan<byte>(rows[r] + offset, (int)bytes), new Span<float>(decoded + r * DecodedColumns, columns));
            // Pieces that end where a block of the panels ends.
            for (int c = 0; c < columns;)
            {
                int block = (column + c) / blocks.Columns, inBlock = (column + c) % blocks.Columns, piece = Math.Min(columns - c, blocks.Columns - inBlock);
                for (int r = 0; r < count; r += FloatTile.Rows)
                    PackPiece(decoded + c, r, count, piece, scratch + (long)(block * Panels + r / FloatTile.Rows) * blocks.PanelFloats + inBlock / 16 * FloatTile.StepFloats);
                c += piece;
            }
        }

        MultiplyPanels(scratch, sums, count, x, firstTile, tileCount, y, stride);
    }

    /// <summary>Columns that are decoded at a time: whole blocks of every format, in the first cache.</summary>
    const int DecodedColumns = 256;

    public const int DecodedFloats = WeightMatrix.GroupRows * DecodedColumns;

    // Rows that are missing repeat the last one; their results are not stored.
    static void PackPiece(float* decoded, int r, int count, int columns, float* target)
    {
        byte* Row(int i) => (byte*)(decoded + Math.Min(r + i, count - 1) * DecodedColumns);
        if (Lanes512.IsSupported) FloatTile.Pack<Lanes512, F32Weights>(Row(0), Row(1), Row(2), Row(3), columns, ChunkColumns * sizeof(float), target);
        else if (Lanes256.IsSupported) FloatTile.Pack<Lanes256, F32Weights>(Row(0), Row(1), Row(2), Row(3), columns, ChunkColumns * sizeof(float), target);
        else FloatTile.Pack<Lanes128, F32Weights>(Row(0), Row(1), Row(2), Row(3), columns, ChunkColumns * sizeof(float), target);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    static void Stream<TLanes, TWeights>(byte** rows, int count, long chunk, byte* following, ActivationBatch x, int first, int rowsOfTile, float* y, long stride)
        where TLanes : struct, ILanes<TLanes>
        where TWeights : struct, IFloatWeights
    {
        float* sums = stackalloc float[FloatTile.StepFloats];
        for (int r = 0; r < count; r += FloatTile.Rows)
        {
            byte* next = r + FloatTile.Rows < count ? rows[r + FloatTile.Rows] : following;
            for (int t = first; t < first + rowsOfTile; t++)
            {
                FloatDot.Four<TLanes, TWeights>(rows[r], rows[r + 1], rows[r + 2], rows[r + 3], x.Row(t), x.Columns, chunk, next, sums);
                FloatTile.Store(sums, Math.Min(FloatTile.Rows, count - r), 1, y + t * stride + r, stride);
            }
        }
    }

    /// <summary>Panels of sixteen rows: [block][four rows][step].</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    static void Pack<TLanes, TWeights>(byte** rows, int count, long chunk, int columns, float* target)
        where TLanes : struct, ILanes<TLanes>
        where TWeights : struct, IFloatWeights
    {
        var blocks = new FloatBlocks(columns);
        for (int block = 0; block < blocks.Count; block++)
        {
            long offset = block * (blocks.Columns / ChunkColumns) * chunk;
            for (int r = 0; r < count; r += FloatTile.Rows)
                FloatTile.Pack<TLanes, TWeights>(rows[r] + offset, rows[r + 1] + offset, rows[r + 2] + offset, rows[r + 3] + offset,
                    blocks.ColumnsOf(block), chunk, target + (long)(block * Panels + r / FloatTile.Rows) * blocks.PanelFloats);
        }
    }

    /// <summary>Panels of the rows of a tile of the batch.</summary>
    public static void PackTile(ActivationBatch x, int tile)
    {
        if (Lanes512.IsSupported) PackTile<Lanes512>(x, tile);
        else if (Lanes256.IsSupported) PackTile<Lanes256>(x, tile);
        else PackTile<Lanes128>(x, tile);
    }

    static void PackTile<TLanes>(ActivationBatch x, int tile) where TLanes : struct, ILanes<TLanes>
    {
        var blocks = new FloatBlocks(x.Columns);
        (int first, int count) = x.TileRows(tile);
        int last = first + count - 1;
        for (int block = 0; block < blocks.Count; block++)
        {
            float* target = x.Panel(tile, block);
            int offset = block * blocks.Columns;
            for (int t = first; t <= last; t += FloatTile.Rows, target += blocks.PanelFloats)
                FloatTile.Pack<TLanes, F32Weights>((byte*)(x.Row(t) + offset), (byte*)(x.Row(Math.Min(t + 1, last)) + offset),
                    (byte*)(x.Row(Math.Min(t + 2, last)) + offset), (byte*)(x.Row(Math.Min(t + 3, last)) + offset), blocks.ColumnsOf(block), ChunkColumns * sizeof(float), target);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    static void Tile<TLanes>(float* weights, float* sums, int count, ActivationBatch x, int tile, float* y, long stride)
        where TLanes : struct, ILanes<TLanes>
    {
        var blocks = new FloatBlocks(x.Columns);
        (int first, int rowsOfTile) = x.TileRows(tile);
        float* zeros = sums + SumFloats, done = zeros + FloatTile.SumFloats;
        new Span<float>(zeros, FloatTile.SumFloats).Clear();
        bool direct = typeof(TLanes) == typeof(Lanes512) && blocks.Count == 1;
        for (int block = 0; block < blocks.Count; block++)
        {
            int steps = (blocks.ColumnsOf(block) + 15) / 16;
            float* a = weights + (long)block * Panels * blocks.PanelFloats, b = x.Panel(tile, block), own = sums;
            for (int t = 0; t < rowsOfTile; t += FloatTile.Rows, b += blocks.PanelFloats)
            {
                for (int r = 0; r < count; r += FloatTile.Rows, own += FloatTile.SumFloats)
                {
                    if (direct && count - r >= FloatTile.Rows && rowsOfTile - t >= FloatTile.Rows)
                    {
                        FloatTile512.Product(a + (long)(r / FloatTile.Rows) * blocks.PanelFloats, b, steps, y + (first + t) * stride + r, stride);
                        continue;
                    }

                    bool last = block == blocks.Count - 1;
                    FloatTile.Accumulate<TLanes>(a + (long)(r / FloatTile.Rows) * blocks.PanelFloats, b, steps, block == 0 ? zeros : own, last ? done : own);
                    if (last) FloatTile.Store(done, Math.Min(FloatTile.Rows, count - r), Math.Min(FloatTile.Rows, rowsOfTile - t), y + (first + t) * stride + r, stride);
                }
            }
        }
    }
}
