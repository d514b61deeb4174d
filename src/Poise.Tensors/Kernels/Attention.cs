using System.Runtime.CompilerServices;

namespace Poise.Tensors.Kernels;

/// <summary>
/// Attention of one query position for the query heads that share one KV head.
/// Order: keys in tiles of 16 by absolute position (position mod 16 = lane), tiles ascending from the start of the window;
/// a score is the product over the head's elements in order (one lane per key); exp sums stay in sixteen lanes until the
/// fixed tree; values are added key by key. So nothing depends on how a prompt was cut into chunks.
/// </summary>
static unsafe class Attention
{
    public const int TileKeys = 16;

    /// <summary>Floats of scratch: scores of every head, one key and one value tile.</summary>
    public static long ScratchFloats(int heads, int tiles, int headSize) => (long)heads * tiles * TileKeys + 2L * TileKeys * Padded(headSize);

    public static int Padded(int headSize) => (headSize + 15) & ~15;

    /// <param name="query">[heads, headSize].</param>
    /// <param name="pages">Pages of two tiles by position / 32, valid where a visible position lies.</param>
    /// <param name="keys">Bytes from a page's start to this head's keys, tiles [2, headSize, 16], F16 or F32. Lanes of positions that are not visible may hold anything.</param>
    /// <param name="values">Bytes from a page's start to this head's values, [32, padded headSize].</param>
    /// <param name="first">First visible position; <paramref name="last"/> is the query's own.</param>
    /// <param name="sinks">One extra logit per head that takes probability and gives nothing; null if there is none.</param>
    /// <param name="output">[heads, headSize].</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Run<TLanes>(float* query, int heads, int headSize, nint* pages, long keys, long values, bool half,
        int first, int last, float scale, float* sinks, float* scratch, float* output) where TLanes : struct, ILanes<TLanes>
    {
        int firstTile = first / TileKeys, tiles = last / TileKeys - firstTile + 1, padded = Padded(headSize);
        float* keyTile = scratch, valueTile = scratch + TileKeys * padded, scores = valueTile + TileKeys * padded;
        long stride = (long)tiles * TileKeys;
        int element = half ? 2 : 4;
        for (int i = 0; i < tiles; i++)
        {
            int index = firstTile + i;
            byte* stored = (byte*)pages[index >> 1] + keys + (long)(index & 1) * headSize * TileKeys * element;
            float* tile = Tile<TLanes>(stored, half, keyTile, headSize * TileKeys);
            int start = index * TileKeys;
            for (int h = 0; h < heads; h++)
            {
                float* q = query + (long)h * headSize;
                TLanes sum = TLanes.Broadcast(0);
                for (int d = 0; d < headSize; d++) sum = TLanes.FusedMultiplyAdd(TLanes.Broadcast(q[d]), TLanes.Load(tile + d * TileKeys), sum);
                float* target = scores + h * stride + i * TileKeys;
                TLanes.Store(sum * TLanes.Broadcast(scale), target);
                // Only the first and the last tile can reach outside the window.
                for (int lane = 0; start + lane < first && lane < TileKeys; lane++) target[lane] = float.NegativeInfinity;
                for (int lane = Math.Max(0, last + 1 - start); lane < TileKeys; lane++) target[lane] = float.NegativeInfinity;
            }
        }

        float* sums = stackalloc float[16];
        for (int h = 0; h < heads; h++)
        {
            float* s = scores + h * stride;
            TLanes largest = TLanes.Load(s);
            for (int i = 1; i < tiles; i++) largest = TLanes.Max(largest, TLanes.Load(s + i * TileKeys));
            float maximum = TLanes.Largest(largest);
            if (sinks is not null && sinks[h] > maximum) maximum = sinks[h];
            TLanes m = TLanes.Broadcast(maximum), total = TLanes.Broadcast(0);
            for (int i = 0; i < tiles; i++)
            {
                TLanes p = Exponential.Exp(TLanes.Load(s + i * TileKeys) - m);
                TLanes.Store(p, s + i * TileKeys);
                total += p;
            }

            float denominator = TLanes.Sum(total);
            if (sinks is not null)
            {
                TLanes.Store(Exponential.Exp(TLanes.Broadcast(sinks[h] - maximum)), sums);
                denominator += sums[0];
            }

            TLanes inverse = TLanes.Broadcast(1f / denominator);
            for (int i = 0; i < tiles; i++) TLanes.Store(TLanes.Load(s + i * TileKeys) * inverse, s + i * TileKeys);
        }

        for (int i = 0; i < heads * headSize; i++) output[i] = 0;
        for (int i = 0; i < tiles; i++)
        {
            int start = (firstTile + i) * TileKeys, from = Math.Max(first - start, 0), to = Math.Min(last - start + 1, TileKeys);
            int index = firstTile + i;
            byte* stored = (byte*)pages[index >> 1] + values + (long)(index & 1) * TileKeys * padded * element;
            float* tile = Tile<TLanes>(stored, half, valueTile, TileKeys * padded);
            for (int h = 0; h < heads; h++)
            {
                float* p = scores + h * stride + i * TileKeys;
                float* target = output + (long)h * headSize;
                int d = 0;
                for (; d + 16 <= headSize; d += 16)
                {
                    TLanes sum = TLanes.Load(target + d);
                    for (int j = from; j < to; j++) sum = TLanes.FusedMultiplyAdd(TLanes.Broadcast(p[j]), TLanes.Load(tile + j * padded + d), sum);
                    TLanes.Store(sum, target + d);
                }

                for (; d < headSize; d++)
                {
                    float sum = target[d];
                    for (int j = from; j < to; j++) sum = MathF.FusedMultiplyAdd(p[j], tile[j * padded + d], sum);
                    target[d] = sum;
                }
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static float* Tile<TLanes>(byte* stored, bool half, float* scratch, int count) where TLanes : struct, ILanes<TLanes>
    {
        if (!half) return (float*)stored;
        for (int k = 0; k < count; k += 16) TLanes.Store(TLanes.LoadHalf((ushort*)stored + k), scratch + k);
        return scratch;
    }
}
