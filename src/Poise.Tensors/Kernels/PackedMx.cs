using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;

namespace Poise.Tensors.Kernels;

/// <summary>
/// MXFP4 weights, 16 rows interleaved. A block of 32 columns takes 272 bytes, the same 17 bytes a row as in GGUF:
/// [0..15] the E8M0 byte of each row; [16 + 64j + 4r + k], j = 0..3, k = 0..3: low nibble = code of column 8j+k of row r,
/// high nibble = column 8j+4+k. So every 32-bit lane of a load is a row, for any vector width.
/// Order of the dot product: blocks ascending, acc = fma(sum, 2^(e-127) * (scale/2), acc), the sum exact over doubled values.
/// </summary>
static unsafe class PackedMx
{
    public const int BlockBytes = 272;
    public const int Rows = 16;

    /// <summary>Spreads one row of GGUF blocks (17 bytes a block) over a packed group.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    public static void PackRow(byte* row, int blocks, int index, byte* group)
    {
        for (int b = 0; b < blocks; b++, row += 17, group += BlockBytes)
        {
            group[index] = row[0];
            ulong first = Unaligned(row + 1), second = Unaligned(row + 9);
            const ulong Low = 0x0f0f0f0f0f0f0f0f;
            byte* target = group + 16 + 4 * index;
            *(uint*)target = Join(first & Low);
            *(uint*)(target + 64) = Join(second & Low);
            *(uint*)(target + 128) = Join((first >> 4) & Low);
            *(uint*)(target + 192) = Join((second >> 4) & Low);
        }
    }

    // Eight codes in bytes to four bytes: code k with code k+4 in its high nibble.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static uint Join(ulong codes) => (uint)codes | ((uint)(codes >> 32) << 4);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static ulong Unaligned(byte* p) => Unsafe.ReadUnaligned<ulong>(p);

    /// <summary>accumulators[t * 16 + r] = row r of the group times activation row t.</summary>
    public static void Multiply(byte* group, int blocks, in QuantizedTile tile, float* accumulators)
    {
        if (RowLanes512.IsSupported) Multiply<RowLanes512>(group, blocks, tile, accumulators);
        else if (RowLanes256.IsSupported) Multiply<RowLanes256>(group, blocks, tile, accumulators);
        else if (RowLanesDot.IsAccelerated) Multiply<RowLanesDot>(group, blocks, tile, accumulators);
        else Multiply<RowLanes128>(group, blocks, tile, accumulators);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    public static void Multiply<TRows>(byte* group, int blocks, in QuantizedTile tile, float* accumulators) where TRows : struct, IRowLanes<TRows>
    {
        int n = tile.Rows;
        for (int i = 0; i < n * Rows; i++) accumulators[i] = 0;
        if (n == 1)
        {
            for (int part = 0; part < Rows; part += TRows.Rows) Single<TRows>(group, blocks, part, tile, accumulators);
            return;
        }

        TRows ones = TRows.Broadcast(0x00010001), table = TRows.Table(MxTable.Codes);
        for (int b = 0; b < blocks; b++, group += BlockBytes)
        {
            Prefetch(group + Prefetching.Ahead);
            for (int part = 0; part < Rows; part += TRows.Rows)
            {
                TRows scale = TRows.LoadE8M0(group + part);
                byte* nibbles = group + 16 + 4 * part;
                TRows n0 = TRows.Load(nibbles), n1 = TRows.Load(nibbles + 64), n2 = TRows.Load(nibbles + 128), n3 = TRows.Load(nibbles + 192);
                TRows w0 = TRows.LowCodes(table, n0), w1 = TRows.HighCodes(table, n0), w2 = TRows.LowCodes(table, n1), w3 = TRows.HighCodes(table, n1);
                TRows w4 = TRows.LowCodes(table, n2), w5 = TRows.HighCodes(table, n2), w6 = TRows.LowCodes(table, n3), w7 = TRows.HighCodes(table, n3);
                long index = (long)b * n;
                int* x = (int*)(tile.Codes + index * 32), start = tile.MxStart + index;
                float* target = accumulators + part, xscale = tile.Scales + index;
                for (int t = 0; t < n; t++, x += 8, target += Rows)
                {
                    TRows sum = TRows.StartSum(start[t]);
                    sum = TRows.AddEntries(sum, w0, w1, x, 0);
                    sum = TRows.AddEntries(sum, w2, w3, x, 2);
                    sum = TRows.AddEntries(sum, w4, w5, x, 4);
                    sum = TRows.AddEntries(sum, w6, w7, x, 6);
                    TRows isum = TRows.IntsToFloats(TRows.FinishSum(sum, ones));
                    TRows factor = TRows.Multiply(scale, TRows.BroadcastFloat(xscale[t] * 0.5f));
                    TRows.Store(TRows.FusedMultiplyAdd(isum, factor, TRows.Load((byte*)target)), (byte*)target);
                }
            }
        }
    }

    // One activation row: the accumulator stays in a register, and the next pages are asked for ahead of time.
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    static void Single<TRows>(byte* group, int blocks, int part, in QuantizedTile tile, float* accumulators) where TRows : struct, IRowLanes<TRows>
    {
        TRows ones = TRows.Broadcast(0x00010001), table = TRows.Table(MxTable.Codes), accumulator = TRows.BroadcastFloat(0);
        int* x = (int*)tile.Codes;
        int* start = tile.MxStart;
        float* scales = tile.Scales;
        for (int b = 0; b < blocks; b++, group += BlockBytes, x += 8)
        {
            if (part == 0) Prefetch(group + Prefetching.Ahead);
            byte* nibbles = group + 16 + 4 * part;
            TRows sum = TRows.StartSum(start[b]);
            sum = Eight(sum, table, nibbles, x, 0);
            sum = Eight(sum, table, nibbles + 64, x, 2);
            sum = Eight(sum, table, nibbles + 128, x, 4);
            sum = Eight(sum, table, nibbles + 192, x, 6);

            TRows isum = TRows.IntsToFloats(TRows.FinishSum(sum, ones));
            TRows factor = TRows.Multiply(TRows.LoadE8M0(group + part), TRows.BroadcastFloat(scales[b] * 0.5f));
            accumulator = TRows.FusedMultiplyAdd(isum, factor, accumulator);
        }

        TRows.Store(accumulator, (byte*)(accumulators + part));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static TRows Eight<TRows>(TRows sum, TRows table, byte* nibbles, int* x, int at) where TRows : struct, IRowLanes<TRows>
    {
        TRows codes = TRows.Load(nibbles);
        return TRows.AddEntries(sum, TRows.LowCodes(table, codes), TRows.HighCodes(table, codes), x, at);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void Prefetch(byte* address)
    {
        if (!Sse.IsSupported) return;
        Sse.Prefetch0(address);
        Sse.Prefetch0(address + 64);
        Sse.Prefetch0(address + 128);
        Sse.Prefetch0(address + 192);
        Sse.Prefetch0(address + 256);
    }
}
