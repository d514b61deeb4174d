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
        for (int i = 0; i < tile.Rows * Rows; i++) accumulators[i] = 0;
        TRows ones = TRows.Broadcast(0x00010001);
        for (int part = 0; part < Rows; part += TRows.Rows) Part(ones, group, blocks, part, tile, accumulators);
    }

    // Not inlined: within its caller the lanes would be calls, fifty times slower.
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    static void Part<TRows>(TRows ones, byte* unit, int blocks, int part, in QuantizedTile tile, float* accumulators) where TRows : struct, IRowLanes<TRows>
    {
        int n = tile.Rows;
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
                    TRows sum = TRows.AddSixBits(TRows.Broadcast(-32 * sums[0]), w0, w1, x, ones);
                    sum = TRows.AddSixBits(sum, w2, w3, x + 2, ones);
                    accumulator = TRows.FusedMultiplyAdd(TRows.IntsToFloats(sum), TRows.Multiply(scale0, factor), accumulator);
                    sum = TRows.AddSixBits(TRows.Broadcast(-32 * sums[1]), w4, w5, x + 4, ones);
                    sum = TRows.AddSixBits(sum, w6, w7, x + 6, ones);
                    accumulator = TRows.FusedMultiplyAdd(TRows.IntsToFloats(sum), TRows.Multiply(scale1, factor), accumulator);
                    TRows.Store(accumulator, (byte*)target);
                }
            }
        }
    }
}
