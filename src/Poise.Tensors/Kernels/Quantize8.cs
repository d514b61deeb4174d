using System.Runtime.CompilerServices;

namespace Poise.Tensors.Kernels;

/// <summary>
/// Activations to 8 bits, per row and block of 32: scale = max|x| / 127, code = x * (127 / max|x|) rounded to nearest even.
/// A block of zeros has scale 0, one with an infinity or NaN has scale NaN.
/// </summary>
static unsafe class Quantize8
{
    /// <summary>Quantises rows into a tile. <paramref name="rows"/>[t] points at <paramref name="columns"/> floats, a multiple of 32.</summary>
    public static void Tile(float** rows, int columns, in QuantizedTile tile)
    {
        if (Lanes512.IsSupported) Tile<Lanes512>(rows, columns, tile);
        else if (Lanes256.IsSupported) Tile<Lanes256>(rows, columns, tile);
        else Tile<Lanes128>(rows, columns, tile);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    public static void Tile<TLanes>(float** rows, int columns, in QuantizedTile tile) where TLanes : struct, ILanes<TLanes>
    {
        int blocks = columns / QuantizedTile.BlockSize, n = tile.Rows;
        TLanes rounder = TLanes.Broadcast(Exponential.Rounder);
        for (int t = 0; t < n; t++)
        {
            float* x = rows[t];
            for (int b = 0; b < blocks; b++, x += QuantizedTile.BlockSize)
            {
                TLanes low = TLanes.Load(x), high = TLanes.Load(x + 16);
                float largest = TLanes.Largest(TLanes.Max(TLanes.Abs(low), TLanes.Abs(high)));
                float inverse = largest > 0 ? 127f / largest : 0f;
                // A tiny maximum overflows the reciprocal: such a block is zero to 8 bits of anything next to it.
                if (!float.IsFinite(inverse)) (inverse, largest) = (0f, 0f);
                // x - x is 0, or NaN for infinities and NaN: such a block gets the scale NaN, which every result then shows.
                TLanes probe = (low - low) + (high - high);
                if (TLanes.Sum(probe) != 0)
                {
                    (inverse, largest) = (0f, float.NaN);
                    (low, high) = (TLanes.Broadcast(0), TLanes.Broadcast(0));
                }

                TLanes factor = TLanes.Broadcast(inverse);
                long index = (long)b * n + t;
                sbyte* codes = tile.Codes + index * QuantizedTile.BlockSize;
                TLanes.StoreInt8((low * factor + rounder) - rounder, codes);
                TLanes.StoreInt8((high * factor + rounder) - rounder, codes + 16);
                float scale = largest / 127f;
                tile.Scales[index] = scale;
                tile.HalfScales[index] = scale * 0.5f;
                tile.Totals[index] = Derive(codes, tile.Pairs + index * 16, tile.Sums + index * 2, tile.MxStart + index);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static int Derive(sbyte* codes, int* pairs, int* sums, int* mxStart)
    {
        int even = 0, odd = 0, first = 0, all = 0;
        for (int g = 0; g < 8; g++)
        {
            int a = codes[4 * g], b = codes[4 * g + 1], c = codes[4 * g + 2], d = codes[4 * g + 3];
            pairs[g] = (a & 0xffff) | (c << 16);
            pairs[8 + g] = (b & 0xffff) | (d << 16);
            even += a + b;
            odd += c + d;
            all += a + b + c + d;
            if (g == 3) first = all;
        }

        sums[0] = first;
        sums[1] = all - first;
        mxStart[0] = ((-MxTable.Offset * even) & 0xffff) | ((-MxTable.Offset * odd) << 16);
        return all;
    }
}
