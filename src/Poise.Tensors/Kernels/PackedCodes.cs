using System.Runtime.CompilerServices;

namespace Poise.Tensors.Kernels;

/// <summary>
/// 8-bit codes, 16 rows interleaved: Q8_0 as it is, and once unpacked (see BlockFormat.Unpack) every block format without a row in PackedFormat.
/// A block of 32 columns: scales, then minima if the format has them, then 512 bytes: [64g + 4r + k], g = 0..7, k = 0..3 is
/// the code of column 4g+k of row r, plus 128 (unsigned).
/// Scales: Q8_0 sixteen F16; otherwise sixteen F32 for each sub-block (one of 32 columns, or two of 16); minima the same.
/// Order of the dot product: sub-blocks ascending; in each acc = fma(sum, scale * xscale, acc), then, where there are minima,
/// acc = fma(sum of x codes, -(minimum * xscale), acc). All integer sums are exact.
/// </summary>
static unsafe class PackedCodes
{
    public const int Rows = 16;
    public const int CodeBytes = 512;

    /// <summary>How scales and minima lie in front of the codes.</summary>
    public readonly record struct Layout(bool HalfScales, int SubBlocks, bool HasMinima)
    {
        public int ScaleBytes => HalfScales ? 32 : SubBlocks * 64;

        public int HeadBytes => ScaleBytes + (HasMinima ? SubBlocks * 64 : 0);

        public int BlockBytes => HeadBytes + CodeBytes;
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
        for (int i = 0; i < tile.Rows * Rows; i++) accumulators[i] = 0;
        for (int part = 0; part < Rows; part += TRows.Rows)
        {
            if (layout.SubBlocks == 2) Halves<TRows>(layout, group, blocks, part, tile, accumulators);
            else Whole<TRows>(layout, group, blocks, part, tile, accumulators);
        }
    }

    // One scale for 32 columns.
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    static void Whole<TRows>(Layout layout, byte* group, int blocks, int part, in QuantizedTile tile, float* accumulators) where TRows : struct, IRowLanes<TRows>
    {
        int n = tile.Rows, blockBytes = layout.BlockBytes, head = layout.HeadBytes;
        bool half = layout.HalfScales, minima = layout.HasMinima;
        for (int b = 0; b < blocks; b++, group += blockBytes)
        {
            if (part == 0) Prefetching.Lines(group + Prefetching.Ahead, blockBytes);
            TRows scale = half ? TRows.LoadHalf((ushort*)group + part) : TRows.Load(group + 4 * part);
            TRows minimum = minima ? TRows.Load(group + layout.ScaleBytes + 4 * part) : TRows.BroadcastFloat(0);
            byte* codes = group + head + 4 * part;
            TRows w = TRows.Load(codes), e0 = TRows.EvenCodes(w), o0 = TRows.OddCodes(w);
            w = TRows.Load(codes + 64);
            TRows e1 = TRows.EvenCodes(w), o1 = TRows.OddCodes(w);
            w = TRows.Load(codes + 128);
            TRows e2 = TRows.EvenCodes(w), o2 = TRows.OddCodes(w);
            w = TRows.Load(codes + 192);
            TRows e3 = TRows.EvenCodes(w), o3 = TRows.OddCodes(w);
            w = TRows.Load(codes + 256);
            TRows e4 = TRows.EvenCodes(w), o4 = TRows.OddCodes(w);
            w = TRows.Load(codes + 320);
            TRows e5 = TRows.EvenCodes(w), o5 = TRows.OddCodes(w);
            w = TRows.Load(codes + 384);
            TRows e6 = TRows.EvenCodes(w), o6 = TRows.OddCodes(w);
            w = TRows.Load(codes + 448);
            TRows e7 = TRows.EvenCodes(w), o7 = TRows.OddCodes(w);
            long index = (long)b * n;
            int* x = TRows.Activations(tile) + index * TRows.ActivationStep;
            int* sums = tile.Sums + index * 2;
            float* target = accumulators + part;
            for (int t = 0; t < n; t++, x += TRows.ActivationStep, sums += 2, target += Rows)
            {
                int total = sums[0] + sums[1];
                TRows sum = TRows.StartCodes(total);
                sum = TRows.AddCodes(sum, e0, o0, e1, o1, x, 0);
                sum = TRows.AddCodes(sum, e2, o2, e3, o3, x, 2);
                sum = TRows.AddCodes(sum, e4, o4, e5, o5, x, 4);
                sum = TRows.AddCodes(sum, e6, o6, e7, o7, x, 6);
                float xscale = tile.Scales[index + t];
                TRows accumulator = Add(TRows.Load((byte*)target), sum, scale, xscale);
                if (minima) accumulator = TRows.FusedMultiplyAdd(TRows.BroadcastFloat(total), TRows.Multiply(minimum, TRows.BroadcastFloat(-xscale)), accumulator);
                TRows.Store(accumulator, (byte*)target);
            }
        }
    }

    // One scale for 16 columns.
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    static void Halves<TRows>(Layout layout, byte* group, int blocks, int part, in QuantizedTile tile, float* accumulators) where TRows : struct, IRowLanes<TRows>
    {
        int n = tile.Rows, blockBytes = layout.BlockBytes, head = layout.HeadBytes;
        bool minima = layout.HasMinima;
        for (int b = 0; b < blocks; b++, group += blockBytes)
        {
            for (int s = 0; s < 2; s++)
            {
                TRows scale = TRows.Load(group + 64 * s + 4 * part);
                TRows minimum = minima ? TRows.Load(group + layout.ScaleBytes + 64 * s + 4 * part) : TRows.BroadcastFloat(0);
                byte* codes = group + head + 256 * s + 4 * part;
                TRows w0 = TRows.Load(codes), w1 = TRows.Load(codes + 64), w2 = TRows.Load(codes + 128), w3 = TRows.Load(codes + 192);
                long index = (long)b * n;
                int* x = TRows.Activations(tile) + index * TRows.ActivationStep + 4 * s;
                float* target = accumulators + part;
                for (int t = 0; t < n; t++, x += TRows.ActivationStep, target += Rows)
                {
                    int total = tile.Sums[(index + t) * 2 + s];
                    TRows sum = TRows.StartCodes(total);
                    sum = Eight(sum, w0, w1, x, 0);
                    sum = Eight(sum, w2, w3, x, 2);
                    float xscale = tile.Scales[index + t];
                    TRows accumulator = Add(TRows.Load((byte*)target), sum, scale, xscale);
                    if (minima) accumulator = TRows.FusedMultiplyAdd(TRows.BroadcastFloat(total), TRows.Multiply(minimum, TRows.BroadcastFloat(-xscale)), accumulator);
                    TRows.Store(accumulator, (byte*)target);
                }
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static TRows Eight<TRows>(TRows sum, TRows first, TRows second, int* x, int at) where TRows : struct, IRowLanes<TRows> =>
        TRows.AddCodes(sum, TRows.EvenCodes(first), TRows.OddCodes(first), TRows.EvenCodes(second), TRows.OddCodes(second), x, at);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static TRows Add<TRows>(TRows accumulator, TRows sum, TRows scale, float xscale) where TRows : struct, IRowLanes<TRows> =>
        TRows.FusedMultiplyAdd(TRows.IntsToFloats(sum), TRows.Multiply(scale, TRows.BroadcastFloat(xscale)), accumulator);
}
