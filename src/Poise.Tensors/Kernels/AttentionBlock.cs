using System.Runtime.CompilerServices;

namespace Poise.Tensors.Kernels;

/// <summary>
/// Attention for training, one block of up to sixteen vectors of one document and one key-value head at a time. Vectors are
/// packed one behind the other and lie in tiles [size, 16] too, so that either side of a product can be the lanes. Sums run
/// over elements, keys and queries in their order, whatever the block; masked pairs add zero.
/// </summary>
static unsafe class AttentionBlock
{
    public const int Size = 16;

    /// <summary>Queries of a block against the keys of their document: outputs and the numbers that give the probabilities again.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    public static void Forward<TLanes>(in AttentionView v, int block, float* sinks, float* scratch, float* output) where TLanes : struct, ILanes<TLanes>
    {
        (int first, int count, int begin, int tiles) = v.Keys(block);
        long stride = (long)tiles * Size;
        for (int i = 0; i < tiles; i++)
            Attention.Scores<TLanes>(v.Query(first), count, v.KeySize, v.KeyTile(begin + i), v.Scale, scratch + i * Size, stride);
        for (int n = 0; n < count; n++)
        {
            float* s = scratch + n * stride;
            float* sink = sinks is null ? null : sinks + (first + n) % v.Group;
            if (v.Cap > 0)
                for (long k = 0; k < stride; k += Size) TLanes.Store(Capping.Apply(TLanes.Load(s + k), v.Cap), s + k);
            Mask(v, first + n, begin, stride, s);
            TLanes top = TLanes.Load(s);
            for (long k = Size; k < stride; k += Size) top = TLanes.Max(top, TLanes.Load(s + k));
            float largest = TLanes.Largest(top);
            if (sink is not null && *sink > largest) largest = *sink;
            TLanes m = TLanes.Broadcast(largest), total = TLanes.Broadcast(0);
            for (long k = 0; k < stride; k += Size)
            {
                TLanes p = Exponential.Exp(TLanes.Load(s + k) - m);
                TLanes.Store(p, s + k);
                total += p;
            }

            float denominator = TLanes.Sum(total);
            if (sink is not null) denominator += First(Exponential.Exp(TLanes.Broadcast(*sink - largest)));
            float inverse = 1f / denominator;
            (v.Largest[first + n], v.Inverse[first + n]) = (largest, inverse);
            TLanes factor = TLanes.Broadcast(inverse);
            for (long k = 0; k < stride; k += Size) TLanes.Store(TLanes.Load(s + k) * factor, s + k);
        }

        new Span<float>(output, count * v.ValueSize).Clear();
        for (int i = 0; i < tiles; i++)
        {
            int key = (begin + i) * Size;
            Attention.AddValues<TLanes>(scratch + i * Size, stride, 0, Math.Min(Size, v.Length - key), v.Value(key), v.ValueSize, count, v.ValueSize, output);
        }
    }

    /// <summary>What each query's output pulls on, sum of dO O, and the gradient of its sink.</summary>
    public static void Pulls<TLanes>(in AttentionView v, int first, int count, float* outputs, float* sinks, float* dsink) where TLanes : struct, ILanes<TLanes>
    {
        for (int n = first; n < first + count; n++)
        {
            float pull = FloatDot.One<TLanes>(v.OutputGradient(n), outputs + (long)n * v.ValueSize, v.ValueSize);
            v.Pull[n] = pull;
            if (sinks is not null) dsink[n] = -(First(Exponential.Exp(TLanes.Broadcast(sinks[n % v.Group] - v.Largest[n]))) * v.Inverse[n] * pull);
        }
    }

    /// <summary>Gradient of a block of queries.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    public static void Queries<TLanes>(in AttentionView v, int block, float* scratch, float* dq) where TLanes : struct, ILanes<TLanes>
    {
        (int first, int count, int begin, int tiles) = v.Keys(block);
        new Span<float>(dq, count * v.KeySize).Clear();
        float* scores = scratch, pulls = scratch + Size * Size;
        for (int i = begin; i < begin + tiles; i++)
        {
            Attention.Scores<TLanes>(v.Query(first), count, v.KeySize, v.KeyTile(i), v.Scale, scores, Size);
            Attention.Scores<TLanes>(v.OutputGradient(first), count, v.ValueSize, v.ValueTile(i), 1, pulls, Size);
            for (int n = 0; n < count; n++)
            {
                float* s = scores + n * Size;
                int q = first + n;
                TLanes c = TLanes.Load(s), slope = TLanes.Broadcast(v.Scale);
                if (v.Cap > 0)
                {
                    c = Capping.Apply(c, v.Cap);
                    slope *= Capping.Slope(c, v.Cap);
                }

                TLanes.Store(c, s);
                Mask(v, q, i, Size, s);
                TLanes p = Exponential.Exp(TLanes.Load(s) - TLanes.Broadcast(v.Largest[q])) * TLanes.Broadcast(v.Inverse[q]);
                TLanes.Store(p * (TLanes.Load(pulls + n * Size) - TLanes.Broadcast(v.Pull[q])) * slope, s);
            }

            Attention.AddValues<TLanes>(scores, Size, 0, Math.Min(Size, v.Length - i * Size), v.Key(i * Size), v.KeySize, count, v.KeySize, dq);
        }
    }

    /// <summary>Gradients of a block of keys and of their values. Here the lanes are queries.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    public static void KeysAndValues<TLanes>(in AttentionView v, int block, float* scratch, float* dk, float* dv) where TLanes : struct, ILanes<TLanes>
    {
        int key = block * Size, count = Math.Min(Size, v.Length - key);
        int begin = key * v.Group / Size, last = v.Window > 0 ? (int)Math.Min(v.Length - 1, (long)key + count - 1 + v.Window - 1) : v.Length - 1;
        int end = ((last + 1) * v.Group - 1) / Size;
        new Span<float>(dk, count * v.KeySize).Clear();
        new Span<float>(dv, count * v.ValueSize).Clear();
        float* scores = scratch, pulls = scratch + Size * Size;
        int* positions = stackalloc int[Size];
        for (int i = begin; i <= end; i++)
        {
            int first = i * Size, queries = Math.Min(Size, v.Length * v.Group - first);
            for (int lane = 0; lane < Size; lane++) positions[lane] = (first + lane) / v.Group;
            // Only the first and the last tiles hold pairs that do not see each other.
            bool whole = queries == Size && positions[0] >= key + count - 1 && (v.Window == 0 || positions[Size - 1] - key < v.Window);
            Attention.Scores<TLanes>(v.Key(key), count, v.KeySize, v.QueryTile(i), v.Scale, scores, Size);
            Attention.Scores<TLanes>(v.Value(key), count, v.ValueSize, v.OutputGradientTile(i), 1, pulls, Size);
            TLanes largest = TLanes.Load(v.Largest + first), inverse = TLanes.Load(v.Inverse + first), pull = TLanes.Load(v.Pull + first);
            for (int n = 0; n < count; n++)
            {
                float* s = scores + n * Size;
                TLanes c = TLanes.Load(s), slope = TLanes.Broadcast(v.Scale);
                if (v.Cap > 0)
                {
                    c = Capping.Apply(c, v.Cap);
                    slope *= Capping.Slope(c, v.Cap);
                }

                TLanes.Store(c, s);
                for (int lane = 0; lane < Size && !whole; lane++)
                {
                    int t = positions[lane];
                    if (lane >= queries || t < key + n || (v.Window > 0 && t - (key + n) >= v.Window)) s[lane] = float.NegativeInfinity;
                }

                TLanes p = Exponential.Exp(TLanes.Load(s) - largest) * inverse;
                TLanes.Store(p, s);
                float* d = pulls + n * Size;
                TLanes.Store(p * (TLanes.Load(d) - pull) * slope, d);
            }

            Attention.AddValues<TLanes>(scores, Size, 0, queries, v.OutputGradient(first), v.ValueSize, count, v.ValueSize, dv);
            Attention.AddValues<TLanes>(pulls, Size, 0, queries, v.Query(first), v.KeySize, count, v.KeySize, dk);
        }
    }

    // Keys before the window, after the query or after the document.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void Mask(in AttentionView v, int query, int tile, long keys, float* s)
    {
        int t = query / v.Group, start = tile * Size, from = v.Window > 0 ? Math.Max(0, t - v.Window + 1) : 0;
        for (long k = 0; k < keys && start + k < from; k++) s[k] = float.NegativeInfinity;
        for (long k = Math.Max(0, t + 1 - start); k < keys; k++) s[k] = float.NegativeInfinity;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static float First<TLanes>(TLanes value) where TLanes : struct, ILanes<TLanes>
    {
        float* lanes = stackalloc float[Size];
        TLanes.Store(value, lanes);
        return lanes[0];
    }
}
