using System.Runtime.CompilerServices;

namespace Poise.Tensors.Kernels;

/// <summary>
/// Attention of some consecutive query positions for the query heads that share one KV head.
/// Order, for each position and head by itself: keys in tiles of 16 by absolute position (position mod 16 = lane), tiles
/// ascending from the start of the window; a score is the product over the head's elements in order (one lane per key); exp
/// sums stay in sixteen lanes until the fixed tree; values are added key by key. So nothing depends on how a prompt was cut
/// into chunks. Heads and positions side by side hide the latency of each one's chain of additions, and share the widening
/// of a tile.
/// </summary>
static unsafe class Attention
{
    public const int TileKeys = 16;

    /// <summary>Positions that are computed together.</summary>
    public const int MaxRows = 4;

    // Tiles of a head that are asked for in advance: 16 kB of F16 with heads of 64.
    const int TilesAhead = 8;

    /// <summary>Floats of scratch: scores of every position and head, one key and one value tile.</summary>
    public static long ScratchFloats(int rows, int heads, int tiles, int headSize, int valueSize) =>
        (long)rows * heads * tiles * TileKeys + (long)TileKeys * (Padded(headSize) + Padded(valueSize));

    public static int Padded(int size) => (size + 15) & ~15;

    /// <param name="query">[rows, heads, headSize], a row every <paramref name="queryStride"/> floats.</param>
    /// <param name="pages">Pages of two tiles by position / 32, valid where a visible position lies.</param>
    /// <param name="keys">Bytes from a page's start to this head's keys, tiles [2, headSize, 16], F16 or F32. Lanes of positions that are not visible may hold anything.</param>
    /// <param name="values">Bytes from a page's start to this head's values, [32, padded valueSize].</param>
    /// <param name="position">Of the first row; each sees itself and what lies before it, within the window.</param>
    /// <param name="window">Visible keys including the own one, or 0 for all.</param>
    /// <param name="cap">Scores s become cap tanh(s / cap), before sinks and masks; 0 for none.</param>
    /// <param name="sinks">One extra logit per head that takes probability and gives nothing; null if there is none.</param>
    /// <param name="output">[rows, heads, valueSize], a row every <paramref name="outputStride"/> floats.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    public static void Run<TLanes>(float* query, long queryStride, int rows, int heads, int headSize, int valueSize, nint* pages, long keys, long values, bool half,
        int position, int window, float scale, float cap, float* sinks, float* scratch, float* output, long outputStride) where TLanes : struct, ILanes<TLanes>
    {
        int padded = Padded(valueSize), element = half ? 2 : 4, begin = First(position, window) / TileKeys, end = (position + rows - 1) / TileKeys;
        long stride = (long)(end - begin + 1) * TileKeys;
        float* keyTile = scratch, valueTile = scratch + TileKeys * Padded(headSize), scores = valueTile + TileKeys * padded;
        int keyBytes = headSize * TileKeys * element, valueBytes = TileKeys * padded * element;
        bool ahead = rows == 1; // what several rows share is in the cache by the second of them
        for (int i = begin; ahead && i <= end && i < begin + TilesAhead; i++) Prefetching.Lines(TileAt(pages, i, keys, keyBytes), keyBytes);
        for (int i = begin; i <= end; i++)
        {
            byte* stored = TileAt(pages, i, keys, keyBytes);
            // Pages lie anywhere, and no hardware guesses where the next one is. After the last keys come the first values.
            if (ahead && i + TilesAhead <= end) Prefetching.Lines(TileAt(pages, i + TilesAhead, keys, keyBytes), keyBytes);
            else if (ahead) Prefetching.Lines(TileAt(pages, Math.Min(end, begin + i + TilesAhead - end - 1), values, valueBytes), valueBytes);
            float* tile = Tile<TLanes>(stored, half, keyTile, headSize * TileKeys);
            for (int r = 0; r < rows; r++)
            {
                int last = position + r, first = First(last, window), start = i * TileKeys;
                if (i < first / TileKeys || i > last / TileKeys) continue;
                float* target = scores + r * heads * stride + (i - begin) * TileKeys;
                Scores<TLanes>(query + r * queryStride, heads, headSize, tile, scale, target, stride);
                if (cap > 0) Cap<TLanes>(target, heads, stride, cap);
                // Only the first and the last tile can reach outside the window.
                if (start >= first && last - start >= TileKeys - 1) continue;
                for (int h = 0; h < heads; h++, target += stride)
                {
                    for (int lane = 0; start + lane < first && lane < TileKeys; lane++) target[lane] = float.NegativeInfinity;
                    for (int lane = Math.Max(0, last + 1 - start); lane < TileKeys; lane++) target[lane] = float.NegativeInfinity;
                }
            }
        }

        for (int r = 0; r < rows; r++)
        {
            int from = First(position + r, window) / TileKeys, tiles = (position + r) / TileKeys - from + 1;
            for (int h = 0; h < heads; h++) Softmax<TLanes>(scores + (r * heads + h) * stride + (from - begin) * TileKeys, tiles, sinks is null ? null : sinks + h);
            for (int d = 0; d < heads * valueSize; d++) output[r * outputStride + d] = 0;
        }

        for (int i = begin; i <= end; i++)
        {
            byte* stored = TileAt(pages, i, values, valueBytes);
            if (ahead && i + TilesAhead <= end) Prefetching.Lines(TileAt(pages, i + TilesAhead, values, valueBytes), valueBytes);
            float* tile = Tile<TLanes>(stored, half, valueTile, TileKeys * padded);
            for (int r = 0; r < rows; r++)
            {
                int last = position + r, first = First(last, window), start = i * TileKeys;
                int from = Math.Max(first - start, 0), to = Math.Min(last - start + 1, TileKeys);
                if (from < to) AddValues<TLanes>(scores + r * heads * stride + (i - begin) * TileKeys, stride, from, to, tile, padded, heads, valueSize, output + r * outputStride);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static byte* TileAt(nint* pages, int tile, long offset, int bytes) => (byte*)pages[tile >> 1] + offset + (tile & 1) * bytes;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static int First(int last, int window) => window > 0 ? Math.Max(0, last - window + 1) : 0;

    // Eight or four heads side by side: a product is a chain of additions, and one alone waits for each.
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    internal static void Scores<TLanes>(float* query, int heads, int size, float* tile, float scale, float* target, long stride) where TLanes : struct, ILanes<TLanes>
    {
        TLanes factor = TLanes.Broadcast(scale);
        // Hoisted by hand: the JIT computes each address anew otherwise.
        nint one = size, two = 2 * one, three = 3 * one, four = 4 * one, five = 5 * one, six = 6 * one, seven = 7 * one;
        int h = 0;
        for (; h + 8 <= heads; h += 8, query += 8 * size, target += 8 * stride)
        {
            TLanes s0 = TLanes.Broadcast(0), s1 = s0, s2 = s0, s3 = s0, s4 = s0, s5 = s0, s6 = s0, s7 = s0;
            float* q = query, end = query + size, k = tile;
            for (; q < end; q++, k += TileKeys)
            {
                TLanes key = TLanes.Load(k);
                s0 = TLanes.FusedMultiplyAdd(key, TLanes.Broadcast(q[0]), s0);
                s1 = TLanes.FusedMultiplyAdd(key, TLanes.Broadcast(q[one]), s1);
                s2 = TLanes.FusedMultiplyAdd(key, TLanes.Broadcast(q[two]), s2);
                s3 = TLanes.FusedMultiplyAdd(key, TLanes.Broadcast(q[three]), s3);
                s4 = TLanes.FusedMultiplyAdd(key, TLanes.Broadcast(q[four]), s4);
                s5 = TLanes.FusedMultiplyAdd(key, TLanes.Broadcast(q[five]), s5);
                s6 = TLanes.FusedMultiplyAdd(key, TLanes.Broadcast(q[six]), s6);
                s7 = TLanes.FusedMultiplyAdd(key, TLanes.Broadcast(q[seven]), s7);
            }

            TLanes.Store(s0 * factor, target);
            TLanes.Store(s1 * factor, target + stride);
            TLanes.Store(s2 * factor, target + 2 * stride);
            TLanes.Store(s3 * factor, target + 3 * stride);
            TLanes.Store(s4 * factor, target + 4 * stride);
            TLanes.Store(s5 * factor, target + 5 * stride);
            TLanes.Store(s6 * factor, target + 6 * stride);
            TLanes.Store(s7 * factor, target + 7 * stride);
        }

        for (; h + 4 <= heads; h += 4, query += 4 * size, target += 4 * stride)
        {
            TLanes s0 = TLanes.Broadcast(0), s1 = s0, s2 = s0, s3 = s0;
            float* q = query, end = query + size, k = tile;
            for (; q < end; q++, k += TileKeys)
            {
                TLanes key = TLanes.Load(k);
                s0 = TLanes.FusedMultiplyAdd(key, TLanes.Broadcast(q[0]), s0);
                s1 = TLanes.FusedMultiplyAdd(key, TLanes.Broadcast(q[one]), s1);
                s2 = TLanes.FusedMultiplyAdd(key, TLanes.Broadcast(q[two]), s2);
                s3 = TLanes.FusedMultiplyAdd(key, TLanes.Broadcast(q[three]), s3);
            }

            TLanes.Store(s0 * factor, target);
            TLanes.Store(s1 * factor, target + stride);
            TLanes.Store(s2 * factor, target + 2 * stride);
            TLanes.Store(s3 * factor, target + 3 * stride);
        }

        for (; h < heads; h++, query += size, target += stride)
        {
            TLanes sum = TLanes.Broadcast(0);
            for (int d = 0; d < size; d++) sum = TLanes.FusedMultiplyAdd(TLanes.Broadcast(query[d]), TLanes.Load(tile + d * TileKeys), sum);
            TLanes.Store(sum * factor, target);
        }
    }

    // Apart: its constants would take registers from the models that have no cap.
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    static void Cap<TLanes>(float* scores, int heads, long stride, float cap) where TLanes : struct, ILanes<TLanes>
    {
        for (int h = 0; h < heads; h++, scores += stride) TLanes.Store(Capping.Apply(TLanes.Load(scores), cap), scores);
    }

    /// <summary>Scores of one position and head to weights, in place.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    static void Softmax<TLanes>(float* s, int tiles, float* sink) where TLanes : struct, ILanes<TLanes>
    {
        TLanes largest = TLanes.Load(s);
        for (int i = 1; i < tiles; i++) largest = TLanes.Max(largest, TLanes.Load(s + i * TileKeys));
        float maximum = TLanes.Largest(largest);
        if (sink is not null && *sink > maximum) maximum = *sink;
        TLanes m = TLanes.Broadcast(maximum), total = TLanes.Broadcast(0);
        for (int i = 0; i < tiles; i++)
        {
            TLanes p = Exponential.Exp(TLanes.Load(s + i * TileKeys) - m);
            TLanes.Store(p, s + i * TileKeys);
            total += p;
        }

        float denominator = TLanes.Sum(total);
        if (sink is not null)
        {
            float* lanes = stackalloc float[TileKeys];
            TLanes.Store(Exponential.Exp(TLanes.Broadcast(*sink - maximum)), lanes);
            denominator += lanes[0];
        }

        TLanes inverse = TLanes.Broadcast(1f / denominator);
        for (int i = 0; i < tiles; i++) TLanes.Store(TLanes.Load(s + i * TileKeys) * inverse, s + i * TileKeys);
    }

    // Two heads and 64 elements side by side, or four heads and 32, then what is left.
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    internal static void AddValues<TLanes>(float* weights, long stride, int from, int to, float* tile, int padded, int heads, int size, float* output) where TLanes : struct, ILanes<TLanes>
    {
        int h = 0;
        for (; size == 32 && h + 4 <= heads; h += 4, weights += 4 * stride, output += 4 * size) AddFour<TLanes>(weights, stride, from, to, tile, padded, output);
        for (; h + 2 <= heads; h += 2, weights += 2 * stride, output += 2 * size)
        {
            float* other = output + size;
            int d = 0;
            for (; d + 64 <= size; d += 64)
            {
                TLanes a0 = TLanes.Load(output + d), a1 = TLanes.Load(output + d + 16), a2 = TLanes.Load(output + d + 32), a3 = TLanes.Load(output + d + 48);
                TLanes b0 = TLanes.Load(other + d), b1 = TLanes.Load(other + d + 16), b2 = TLanes.Load(other + d + 32), b3 = TLanes.Load(other + d + 48);
                float* row = tile + (nint)from * padded + d, w = weights + from, u = weights + stride + from, end = weights + to;
                for (; w < end; w++, u++, row += padded)
                {
                    TLanes p = TLanes.Broadcast(*w), q = TLanes.Broadcast(*u);
                    TLanes v0 = TLanes.Load(row), v1 = TLanes.Load(row + 16), v2 = TLanes.Load(row + 32), v3 = TLanes.Load(row + 48);
                    a0 = TLanes.FusedMultiplyAdd(p, v0, a0);
                    a1 = TLanes.FusedMultiplyAdd(p, v1, a1);
                    a2 = TLanes.FusedMultiplyAdd(p, v2, a2);
                    a3 = TLanes.FusedMultiplyAdd(p, v3, a3);
                    b0 = TLanes.FusedMultiplyAdd(q, v0, b0);
                    b1 = TLanes.FusedMultiplyAdd(q, v1, b1);
                    b2 = TLanes.FusedMultiplyAdd(q, v2, b2);
                    b3 = TLanes.FusedMultiplyAdd(q, v3, b3);
                }

                TLanes.Store(a0, output + d);
                TLanes.Store(a1, output + d + 16);
                TLanes.Store(a2, output + d + 32);
                TLanes.Store(a3, output + d + 48);
                TLanes.Store(b0, other + d);
                TLanes.Store(b1, other + d + 16);
                TLanes.Store(b2, other + d + 32);
                TLanes.Store(b3, other + d + 48);
            }

            if (d == size) continue;
            AddRest<TLanes>(weights, from, to, tile, padded, d, size, output);
            AddRest<TLanes>(weights + stride, from, to, tile, padded, d, size, other);
        }

        if (h < heads) AddRest<TLanes>(weights, from, to, tile, padded, 0, size, output);
    }

    // Four heads of 32 elements.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void AddFour<TLanes>(float* weights, long stride, int from, int to, float* tile, int padded, float* output) where TLanes : struct, ILanes<TLanes>
    {
        nint one = (nint)stride, two = 2 * one, three = 3 * one;
        TLanes a0 = TLanes.Load(output), a1 = TLanes.Load(output + 16), b0 = TLanes.Load(output + 32), b1 = TLanes.Load(output + 48);
        TLanes c0 = TLanes.Load(output + 64), c1 = TLanes.Load(output + 80), d0 = TLanes.Load(output + 96), d1 = TLanes.Load(output + 112);
        float* row = tile + (nint)from * padded, end = weights + to;
        for (float* w = weights + from; w < end; w++, row += padded)
        {
            TLanes v0 = TLanes.Load(row), v1 = TLanes.Load(row + 16);
            TLanes p = TLanes.Broadcast(*w), q = TLanes.Broadcast(w[one]), r = TLanes.Broadcast(w[two]), s = TLanes.Broadcast(w[three]);
            a0 = TLanes.FusedMultiplyAdd(p, v0, a0);
            a1 = TLanes.FusedMultiplyAdd(p, v1, a1);
            b0 = TLanes.FusedMultiplyAdd(q, v0, b0);
            b1 = TLanes.FusedMultiplyAdd(q, v1, b1);
            c0 = TLanes.FusedMultiplyAdd(r, v0, c0);
            c1 = TLanes.FusedMultiplyAdd(r, v1, c1);
            d0 = TLanes.FusedMultiplyAdd(s, v0, d0);
            d1 = TLanes.FusedMultiplyAdd(s, v1, d1);
        }

        TLanes.Store(a0, output);
        TLanes.Store(a1, output + 16);
        TLanes.Store(b0, output + 32);
        TLanes.Store(b1, output + 48);
        TLanes.Store(c0, output + 64);
        TLanes.Store(c1, output + 80);
        TLanes.Store(d0, output + 96);
        TLanes.Store(d1, output + 112);
    }

    static void AddRest<TLanes>(float* weights, int from, int to, float* tile, int padded, int d, int size, float* output) where TLanes : struct, ILanes<TLanes>
    {
        // Two chains at a time: an addition waits for the one before.
        for (; d + 32 <= size; d += 32)
        {
            TLanes first = TLanes.Load(output + d), second = TLanes.Load(output + d + 16);
            for (int j = from; j < to; j++)
            {
                TLanes weight = TLanes.Broadcast(weights[j]);
                first = TLanes.FusedMultiplyAdd(weight, TLanes.Load(tile + j * padded + d), first);
                second = TLanes.FusedMultiplyAdd(weight, TLanes.Load(tile + j * padded + d + 16), second);
            }

            TLanes.Store(first, output + d);
            TLanes.Store(second, output + d + 16);
        }

        for (; d + 16 <= size; d += 16)
        {
            TLanes sum = TLanes.Load(output + d);
            for (int j = from; j < to; j++) sum = TLanes.FusedMultiplyAdd(TLanes.Broadcast(weights[j]), TLanes.Load(tile + j * padded + d), sum);
            TLanes.Store(sum, output + d);
        }

        for (; d < size; d++)
        {
            float sum = output[d];
            for (int j = from; j < to; j++) sum = MathF.FusedMultiplyAdd(weights[j], tile[j * padded + d], sum);
            output[d] = sum;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static float* Tile<TLanes>(byte* stored, bool half, float* scratch, int count) where TLanes : struct, ILanes<TLanes>
    {
        if (!half) return (float*)stored;
        // A call: inlined, the loop's constants and pointers would not stay in registers.
        Widen<TLanes>((ushort*)stored, scratch, count);
        return scratch;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    static void Widen<TLanes>(ushort* source, float* target, int count) where TLanes : struct, ILanes<TLanes>
    {
        for (ushort* end = source + count; source < end; source += 16, target += 16) TLanes.Store(TLanes.LoadHalf(source), target);
    }
}
