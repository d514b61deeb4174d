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

    const int Panels = WeightMatrix.GroupRows / FloatTile.Rows;

    const int SumFloats = QuantizedTile.MaxRows / FloatTile.Rows * Panels * FloatTile.SumFloats;

    public static long ScratchBytes(int columns) => new FloatBlocks(columns).Bytes(Panels) + (SumFloats + 2 * FloatTile.SumFloats) * sizeof(float);

    /// <summary>y[(row of batch) * stride + i] = rows[i] . (row of batch) for the batch rows of some tiles.</summary>
    /// <param name="following">Where weights will be read next.</param>
    public static void Multiply<TWeights>(byte** rows, int count, byte* following, ActivationBatch x, int firstTile, int tileCount, float* y, long stride, float* scratch)
        where TWeights : struct, IFloatWeights
    {
        if (Lanes512.IsSupported) Multiply<Lanes512, TWeights>(rows, count, following, x, firstTile, tileCount, y, stride, scratch);
        else if (Lanes256.IsSupported) Multiply<Lanes256, TWeights>(rows, count, following, x, firstTile, tileCount, y, stride, scratch);
        else Multiply<Lanes128, TWeights>(rows, count, following, x, firstTile, tileCount, y, stride, scratch);
    }

    public static void Multiply<TLanes, TWeights>(byte** rows, int count, byte* following, ActivationBatch x, int firstTile, int tileCount, float* y, long stride, float* scratch)
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
                Stream<TLanes, TWeights>(padded, count, following, x, first, rowsOfTile, y, stride);
                continue;
            }

            if (!packed) Pack<TLanes, TWeights>(padded, count, x.Columns, scratch);
            packed = true;
            Tile<TLanes>(scratch, count, x, tile, y, stride);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    static void Stream<TLanes, TWeights>(byte** rows, int count, byte* following, ActivationBatch x, int first, int rowsOfTile, float* y, long stride)
        where TLanes : struct, ILanes<TLanes>
        where TWeights : struct, IFloatWeights
    {
        float* sums = stackalloc float[FloatTile.StepFloats];
        for (int r = 0; r < count; r += FloatTile.Rows)
        {
            byte* next = r + FloatTile.Rows < count ? rows[r + FloatTile.Rows] : following;
            for (int t = first; t < first + rowsOfTile; t++)
            {
                FloatDot.Four<TLanes, TWeights>(rows[r], rows[r + 1], rows[r + 2], rows[r + 3], x.Row(t), x.Columns, next, sums);
                FloatTile.Store(sums, Math.Min(FloatTile.Rows, count - r), 1, y + t * stride + r, stride);
            }
        }
    }

    /// <summary>Panels of sixteen rows: [block][four rows][step].</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    static void Pack<TLanes, TWeights>(byte** rows, int count, int columns, float* target)
        where TLanes : struct, ILanes<TLanes>
        where TWeights : struct, IFloatWeights
    {
        var blocks = new FloatBlocks(columns);
        for (int block = 0; block < blocks.Count; block++)
        {
            long offset = (long)block * blocks.Columns * TWeights.Bytes;
            for (int r = 0; r < count; r += FloatTile.Rows)
                FloatTile.Pack<TLanes, TWeights>(rows[r] + offset, rows[r + 1] + offset, rows[r + 2] + offset, rows[r + 3] + offset,
                    blocks.ColumnsOf(block), target + (long)(block * Panels + r / FloatTile.Rows) * blocks.PanelFloats);
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
                    (byte*)(x.Row(Math.Min(t + 2, last)) + offset), (byte*)(x.Row(Math.Min(t + 3, last)) + offset), blocks.ColumnsOf(block), target);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    static void Tile<TLanes>(float* weights, int count, ActivationBatch x, int tile, float* y, long stride)
        where TLanes : struct, ILanes<TLanes>
    {
        var blocks = new FloatBlocks(x.Columns);
        (int first, int rowsOfTile) = x.TileRows(tile);
        float* sums = weights + blocks.Bytes(Panels) / sizeof(float), zeros = sums + SumFloats, done = zeros + FloatTile.SumFloats;
        new Span<float>(zeros, FloatTile.SumFloats).Clear();
        for (int block = 0; block < blocks.Count; block++)
        {
            int steps = (blocks.ColumnsOf(block) + 15) / 16;
            float* a = weights + (long)block * Panels * blocks.PanelFloats, b = x.Panel(tile, block), own = sums;
            for (int t = 0; t < rowsOfTile; t += FloatTile.Rows, b += blocks.PanelFloats)
            {
                for (int r = 0; r < count; r += FloatTile.Rows, own += FloatTile.SumFloats)
                {
                    bool last = block == blocks.Count - 1;
                    FloatTile.Accumulate<TLanes>(a + (long)(r / FloatTile.Rows) * blocks.PanelFloats, b, steps, block == 0 ? zeros : own, last ? done : own);
                    if (last) FloatTile.Store(done, Math.Min(FloatTile.Rows, count - r), Math.Min(FloatTile.Rows, rowsOfTile - t), y + (first + t) * stride + r, stride);
                }
            }
        }
    }
}
