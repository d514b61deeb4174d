using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Poise.Tensors.Kernels;

/// <summary>
/// 4-bit codes, 16 rows interleaved: Q4_K, Q4_0, Q4_1. Units of 256 columns (Q4_K) or 32; each has sixteen F16 scales d, then
/// sixteen F16 minima if the format has them, then (Q4_K) for each block of 32 columns sixteen scale bytes and sixteen minimum
/// bytes, which d and the F16 minimum multiply. Then 256 bytes of codes a block: [64j + 4r + k], j = 0..3, k = 0..3: low nibble =
/// code of column 8j+k of row r, high nibble = column 8j+4+k. A unit of Q4_K is 37 cache lines, 148 bytes a row (144 in GGUF).
/// Order of the dot product: as <see cref="PackedCodes"/>, whose bits these are.
/// </summary>
static unsafe class PackedNibbles
{
    public const int Rows = 16;
    public const int CodeBytes = 256;

    /// <param name="Blocks">Blocks of 32 columns in a unit; more than one have scale bytes.</param>
    /// <param name="HasMinima">Whether there are minima.</param>
    /// <param name="Zero">The code that stands for zero.</param>
    public readonly record struct Layout(int Blocks, bool HasMinima, int Zero)
    {
        public static Layout Q4_K => new(8, true, 0);

        public static Layout Q4_0 => new(1, false, 8);

        public static Layout Q4_1 => new(1, true, 0);

        /// <summary>Where the scale bytes begin.</summary>
        public int HalfBytes => HasMinima ? 64 : 32;

        public int HeadBytes => Blocks == 1 ? HalfBytes : HalfBytes + Blocks * HalfBytes / 2;

        public int UnitBytes => HeadBytes + Blocks * CodeBytes;
    }

    /// <summary>accumulators[t * 16 + r] = row r of the group times activation row t.</summary>
    public static void Multiply(Layout layout, byte* group, int blocks, in QuantizedTile tile, float* accumulators)
    {
        if (RowLanes512.IsSupported) Multiply<RowLanes512>(layout, group, blocks, tile, accumulators);
        else if (RowLanes256.IsSupported) Multiply<RowLanes256>(layout, group, blocks, tile, accumulators);
        else if (RowLanesDot.IsAccelerated) Multiply<RowLanesDot>(layout, group, blocks, tile, accumulators);
        else Multiply<RowLanes128>(layout, group, blocks, tile, accumulators);
    }

    public static void Multiply<TRows>(Layout layout, byte* group, int blocks, in QuantizedTile tile, float* accumulators) where TRows : struct, IRowLanes<TRows>
    {
        // The tile holds where a sum of codes starts that are 12 too large (mod 2^16). A sum itself is at most 16 * 15 * 127.
        var entries = Vector128<byte>.Indices + Vector128.Create((byte)(MxTable.Offset - layout.Zero));
        TRows table = TRows.Table(entries), ones = TRows.Broadcast(0x00010001);
        for (int part = 0; part < Rows; part += TRows.Rows)
        {
            if (tile.Rows == 1) Single(layout, table, ones, group, blocks, part, tile, accumulators);
            else Several(layout, table, ones, group, blocks, part, tile, accumulators);
        }
    }

    // Not inlined: within its caller the lanes would be calls, fifty times slower.
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    static void Several<TRows>(Layout layout, TRows table, TRows ones, byte* unit, int blocks, int part, in QuantizedTile tile, float* accumulators) where TRows : struct, IRowLanes<TRows>
    {
        int n = tile.Rows, step = layout.HalfBytes / 2, head = layout.HeadBytes, perUnit = layout.Blocks;
        bool minima = layout.HasMinima, bytes = layout.Blocks > 1;
        for (int t = 0; t < n; t++) TRows.Store(TRows.BroadcastFloat(0), (byte*)(accumulators + t * Rows + part));
        for (int first = 0; first < blocks; first += perUnit, unit += layout.UnitBytes)
        {
            TRows d = TRows.LoadHalf((ushort*)unit + part), lower = TRows.BroadcastFloat(0);
            if (minima) lower = TRows.Multiply(TRows.LoadHalf((ushort*)(unit + 32) + part), TRows.BroadcastFloat(-1));
            byte* scales = unit + layout.HalfBytes + part, nibbles = unit + head + 4 * part;
            if (part == 0) Prefetching.Lines(unit + Prefetching.Ahead, head);
            for (int b = first; b < first + perUnit; b++, nibbles += CodeBytes, scales += step)
            {
                if (part == 0) Prefetching.Lines(nibbles + Prefetching.Ahead, CodeBytes);
                TRows scale = bytes ? TRows.Multiply(d, TRows.IntsToFloats(TRows.LoadBytes(scales))) : d;
                TRows offset = bytes && minima ? TRows.Multiply(lower, TRows.IntsToFloats(TRows.LoadBytes(scales + 16))) : lower;
                TRows n0 = TRows.Load(nibbles), n1 = TRows.Load(nibbles + 64), n2 = TRows.Load(nibbles + 128), n3 = TRows.Load(nibbles + 192);
                TRows w0 = TRows.LowCodes(table, n0), w1 = TRows.HighCodes(table, n0), w2 = TRows.LowCodes(table, n1), w3 = TRows.HighCodes(table, n1);
                TRows w4 = TRows.LowCodes(table, n2), w5 = TRows.HighCodes(table, n2), w6 = TRows.LowCodes(table, n3), w7 = TRows.HighCodes(table, n3);
                long index = (long)b * n;
                int* x = (int*)(tile.Codes + index * 32), start = tile.MxStart + index, sums = tile.Sums + index * 2;
                float* target = accumulators + part, xscale = tile.Scales + index;
                for (int t = 0; t < n; t++, x += 8, target += Rows)
                {
                    TRows sum = TRows.StartSum(start[t]);
                    sum = TRows.AddEntries(sum, w0, w1, x, 0);
                    sum = TRows.AddEntries(sum, w2, w3, x, 2);
                    sum = TRows.AddEntries(sum, w4, w5, x, 4);
                    sum = TRows.AddEntries(sum, w6, w7, x, 6);
                    TRows isum = TRows.IntsToFloats(TRows.FinishSum(sum, ones));
                    TRows factor = TRows.BroadcastFloat(xscale[t]);
                    TRows accumulator = TRows.FusedMultiplyAdd(isum, TRows.Multiply(scale, factor), TRows.Load((byte*)target));
                    if (minima)
                    {
                        TRows total = TRows.IntsToFloats(TRows.Broadcast(sums[2 * t] + sums[2 * t + 1]));
                        accumulator = TRows.FusedMultiplyAdd(total, TRows.Multiply(offset, factor), accumulator);
                    }

                    TRows.Store(accumulator, (byte*)target);
                }
            }
        }
    }

    // One activation row: the accumulator stays in a register.
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    static void Single<TRows>(Layout layout, TRows table, TRows ones, byte* unit, int blocks, int part, in QuantizedTile tile, float* accumulators) where TRows : struct, IRowLanes<TRows>
    {
        int step = layout.HalfBytes / 2, head = layout.HeadBytes, perUnit = layout.Blocks;
        bool minima = layout.HasMinima, bytes = layout.Blocks > 1;
        TRows accumulator = TRows.BroadcastFloat(0);
        int* x = (int*)tile.Codes, start = tile.MxStart, sums = tile.Sums;
        float* xscale = tile.Scales;
        for (int first = 0; first < blocks; first += perUnit, unit += layout.UnitBytes)
        {
            TRows d = TRows.LoadHalf((ushort*)unit + part), lower = TRows.BroadcastFloat(0);
            if (minima) lower = TRows.Multiply(TRows.LoadHalf((ushort*)(unit + 32) + part), TRows.BroadcastFloat(-1));
            byte* scales = unit + layout.HalfBytes + part, nibbles = unit + head + 4 * part;
            if (part == 0) Prefetching.Lines(unit + Prefetching.Ahead, head);
            for (int b = first; b < first + perUnit; b++, nibbles += CodeBytes, scales += step, x += 8)
            {
                if (part == 0)
                {
                    Prefetching.TwoLines(nibbles + Prefetching.Ahead);
                    Prefetching.TwoLines(nibbles + Prefetching.Ahead + 128);
                }

                TRows sum = TRows.StartSum(start[b]);
                sum = Eight(sum, table, nibbles, x, 0);
                sum = Eight(sum, table, nibbles + 64, x, 2);
                sum = Eight(sum, table, nibbles + 128, x, 4);
                sum = Eight(sum, table, nibbles + 192, x, 6);

                TRows scale = bytes ? TRows.Multiply(d, TRows.IntsToFloats(TRows.LoadBytes(scales))) : d;
                TRows isum = TRows.IntsToFloats(TRows.FinishSum(sum, ones));
                TRows factor = TRows.BroadcastFloat(xscale[b]);
                accumulator = TRows.FusedMultiplyAdd(isum, TRows.Multiply(scale, factor), accumulator);
                if (!minima) continue;
                TRows offset = bytes ? TRows.Multiply(lower, TRows.IntsToFloats(TRows.LoadBytes(scales + 16))) : lower;
                TRows total = TRows.IntsToFloats(TRows.Broadcast(sums[2 * b] + sums[2 * b + 1]));
                accumulator = TRows.FusedMultiplyAdd(total, TRows.Multiply(offset, factor), accumulator);
            }
        }

        TRows.Store(accumulator, (byte*)(accumulators + part));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static TRows Eight<TRows>(TRows sum, TRows table, byte* nibbles, int* x, int at) where TRows : struct, IRowLanes<TRows>
    {
        TRows codes = TRows.Load(nibbles);
        return TRows.AddEntries(sum, TRows.LowCodes(table, codes), TRows.HighCodes(table, codes), x, at);
    }
}
