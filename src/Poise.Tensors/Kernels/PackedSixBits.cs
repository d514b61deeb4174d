using System.Runtime.CompilerServices;

namespace Poise.Tensors.Kernels;

/// <summary>
/// 6-bit codes (Q6_K), 16 rows interleaved. A unit of 256 columns is 53 cache lines, 212 bytes a row (210 in GGUF): [0..31]
/// sixteen F16 scales d; [64 + 16s + r], s = 0..15, the signed byte that d is multiplied by for sub-block s (16 columns); then for
/// each block of 32 columns 256 bytes of lower bits as in <see cref="PackedNibbles"/> and 128 bytes of upper bits: [64h + 4r + k],
/// h = 0, 1: bits 2f and 2f+1, f = 0..3, belong to column 16h + 4f + k. Codes are 32 more than the numbers they stand for.
/// Order of the dot product: as <see cref="PackedCodes"/>, whose bits these are.
/// </summary>
static unsafe class PackedSixBits
{
    public const int Rows = 16;
    public const int UnitBlocks = 8;
    public const int ScalesAt = 64;
    public const int HeadBytes = ScalesAt + 256;
    public const int UpperAt = 256;
    public const int BlockBytes = UpperAt + 128;
    public const int UnitBytes = HeadBytes + UnitBlocks * BlockBytes;

    /// <summary>accumulators[t * 16 + r] = row r of the group times activation row t.</summary>
    public static void Multiply(byte* group, int blocks, in QuantizedTile tile, float* accumulators)
    {
        if (RowLanes512.IsSupported) Multiply<RowLanes512>(group, blocks, tile, accumulators);
        else if (RowLanes256.IsSupported) Multiply<RowLanes256>(group, blocks, tile, accumulators);
        else if (RowLanesDot.IsAccelerated) Multiply<RowLanesDot>(group, blocks, tile, accumulators);
        else Multiply<RowLanes128>(group, blocks, tile, accumulators);
    }

    public static void Multiply<TRows>(byte* group, int blocks, in QuantizedTile tile, float* accumulators) where TRows : struct, IRowLanes<TRows>
    {
        TRows ones = TRows.Broadcast(0x00010001);
        for (int part = 0; part < Rows; part += TRows.Rows)
        {
            if (tile.Rows == 1) Single(ones, group, blocks, part, tile, accumulators);
            else Several(ones, group, blocks, part, tile, accumulators);
        }
    }

    // Not inlined: within its caller the lanes would be calls, fifty times slower.
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    static void Several<TRows>(TRows ones, byte* unit, int blocks, int part, in QuantizedTile tile, float* accumulators) where TRows : struct, IRowLanes<TRows>
    {
        int n = tile.Rows;
        for (int t = 0; t < n; t++) TRows.Store(TRows.BroadcastFloat(0), (byte*)(accumulators + t * Rows + part));
        for (int first = 0; first < blocks; first += UnitBlocks, unit += UnitBytes)
        {
            TRows d = TRows.LoadHalf((ushort*)unit + part);
            sbyte* scales = (sbyte*)unit + ScalesAt + part;
            byte* codes = unit + HeadBytes + 4 * part;
            if (part == 0) Prefetching.Lines(unit + Prefetching.Ahead, HeadBytes);
            for (int b = first; b < first + UnitBlocks; b++, codes += BlockBytes, scales += 32)
            {
                if (part == 0) Prefetching.Lines(codes + Prefetching.Ahead, BlockBytes);
                TRows scale0 = TRows.Multiply(d, TRows.IntsToFloats(TRows.LoadSignedBytes(scales)));
                TRows scale1 = TRows.Multiply(d, TRows.IntsToFloats(TRows.LoadSignedBytes(scales + 16)));
                TRows u0 = TRows.Load(codes + UpperAt), u1 = TRows.Load(codes + UpperAt + 64);
                (TRows w0, TRows w1) = TRows.SixBits(TRows.Load(codes), u0, high: false);
                (TRows w2, TRows w3) = TRows.SixBits(TRows.Load(codes + 64), u0, high: true);
                (TRows w4, TRows w5) = TRows.SixBits(TRows.Load(codes + 128), u1, high: false);
                (TRows w6, TRows w7) = TRows.SixBits(TRows.Load(codes + 192), u1, high: true);
                long index = (long)b * n;
                int* x = (int*)(tile.Codes + index * 32), sums = tile.Sums + index * 2;
                float* target = accumulators + part, xscale = tile.Scales + index;
                for (int t = 0; t < n; t++, x += 8, sums += 2, target += Rows)
                {
                    TRows factor = TRows.BroadcastFloat(xscale[t]);
                    TRows accumulator = TRows.Load((byte*)target);
                    TRows sum = TRows.AddSixBits(TRows.Broadcast(-32 * sums[0]), w0, w1, x, 0, ones);
                    sum = TRows.AddSixBits(sum, w2, w3, x, 2, ones);
                    accumulator = TRows.FusedMultiplyAdd(TRows.IntsToFloats(sum), TRows.Multiply(scale0, factor), accumulator);
                    sum = TRows.AddSixBits(TRows.Broadcast(-32 * sums[1]), w4, w5, x, 4, ones);
                    sum = TRows.AddSixBits(sum, w6, w7, x, 6, ones);
                    accumulator = TRows.FusedMultiplyAdd(TRows.IntsToFloats(sum), TRows.Multiply(scale1, factor), accumulator);
                    TRows.Store(accumulator, (byte*)target);
                }
            }
        }
    }

    // One activation row: the accumulator stays in a register.
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    static void Single<TRows>(TRows ones, byte* unit, int blocks, int part, in QuantizedTile tile, float* accumulators) where TRows : struct, IRowLanes<TRows>
    {
        TRows accumulator = TRows.BroadcastFloat(0);
        int* x = (int*)tile.Codes, sums = tile.Sums;
        float* xscale = tile.Scales;
        for (int first = 0; first < blocks; first += UnitBlocks, unit += UnitBytes)
        {
            TRows d = TRows.LoadHalf((ushort*)unit + part);
            sbyte* scales = (sbyte*)unit + ScalesAt + part;
            byte* codes = unit + HeadBytes + 4 * part;
            if (part == 0) Prefetching.Lines(unit + Prefetching.Ahead, HeadBytes);
            for (int b = first; b < first + UnitBlocks; b++, codes += BlockBytes, scales += 32, x += 8)
            {
                if (part == 0)
                {
                    Prefetching.TwoLines(codes + Prefetching.Ahead);
                    Prefetching.TwoLines(codes + Prefetching.Ahead + 128);
                    Prefetching.TwoLines(codes + Prefetching.Ahead + 256);
                }

                TRows factor = TRows.BroadcastFloat(xscale[b]), upper = TRows.Load(codes + UpperAt);
                TRows sum = Eight(TRows.Broadcast(-32 * sums[2 * b]), codes, upper, false, x, 0, ones);
                sum = Eight(sum, codes + 64, upper, true, x, 2, ones);
                TRows scale = TRows.Multiply(d, TRows.IntsToFloats(TRows.LoadSignedBytes(scales)));
                accumulator = TRows.FusedMultiplyAdd(TRows.IntsToFloats(sum), TRows.Multiply(scale, factor), accumulator);
                upper = TRows.Load(codes + UpperAt + 64);
                sum = Eight(TRows.Broadcast(-32 * sums[2 * b + 1]), codes + 128, upper, false, x, 4, ones);
                sum = Eight(sum, codes + 192, upper, true, x, 6, ones);
                scale = TRows.Multiply(d, TRows.IntsToFloats(TRows.LoadSignedBytes(scales + 16)));
                accumulator = TRows.FusedMultiplyAdd(TRows.IntsToFloats(sum), TRows.Multiply(scale, factor), accumulator);
            }
        }

        TRows.Store(accumulator, (byte*)(accumulators + part));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static TRows Eight<TRows>(TRows sum, byte* lower, TRows upper, bool high, int* x, int at, TRows ones) where TRows : struct, IRowLanes<TRows>
    {
        (TRows first, TRows second) = TRows.SixBits(TRows.Load(lower), upper, high);
        return TRows.AddSixBits(sum, first, second, x, at, ones);
    }
}
