using Poise.Tensors.Cache;
using Poise.Tensors.Kernels;
using Poise.Tensors.Threading;

namespace Poise.Tensors;

/// <summary>The operations of a decoder besides matrix products, over rows, on all threads of a pool. Sizes are checked here.</summary>
public static unsafe class Operations
{
    /// <summary>y = x / sqrt(mean(x^2) + eps) * weight, row by row.</summary>
    public static void RmsNorm(ComputePool pool, FloatRows x, float[] weight, float epsilon, FloatRows y)
    {
        Same(x, y);
        Expect(weight.Length == x.Columns, nameof(weight));
        pool.For(x.Rows, 4, (start, end, _) =>
        {
            fixed (float* w = weight)
            {
                for (int t = start; t < end; t++)
                {
                    if (Lanes512.IsSupported) Normalization.Rms<Lanes512>(x.RowPointer(t), w, epsilon, y.RowPointer(t), x.Columns);
                    else if (Lanes256.IsSupported) Normalization.Rms<Lanes256>(x.RowPointer(t), w, epsilon, y.RowPointer(t), x.Columns);
                    else Normalization.Rms<Lanes128>(x.RowPointer(t), w, epsilon, y.RowPointer(t), x.Columns);
                }
            }
        });
    }

    /// <summary>y = (x - mean) / sqrt(variance + eps) * weight + bias, row by row.</summary>
    public static void LayerNorm(ComputePool pool, FloatRows x, float[] weight, float[] bias, float epsilon, FloatRows y)
    {
        Same(x, y);
        Expect(weight.Length == x.Columns && bias.Length == x.Columns, nameof(weight));
        pool.For(x.Rows, 4, (start, end, _) =>
        {
            fixed (float* w = weight, b = bias)
            {
                for (int t = start; t < end; t++)
                {
                    if (Lanes512.IsSupported) Normalization.Layer<Lanes512>(x.RowPointer(t), w, b, epsilon, y.RowPointer(t), x.Columns);
                    else if (Lanes256.IsSupported) Normalization.Layer<Lanes256>(x.RowPointer(t), w, b, epsilon, y.RowPointer(t), x.Columns);
                    else Normalization.Layer<Lanes128>(x.RowPointer(t), w, b, epsilon, y.RowPointer(t), x.Columns);
                }
            }
        });
    }

    /// <summary>x += y.</summary>
    public static void Add(ComputePool pool, FloatRows x, FloatRows y)
    {
        Same(x, y);
        pool.For(x.Rows, 8, (start, end, _) =>
            ElementWise.Run<ElementWise.Add>(x.RowPointer(start), y.RowPointer(start), x.RowPointer(start), (end - start) * x.Columns));
    }

    /// <summary>Every row of x += bias.</summary>
    public static void AddBias(ComputePool pool, FloatRows x, float[] bias)
    {
        Expect(bias.Length == x.Columns, nameof(bias));
        pool.For(x.Rows, 8, (start, end, _) =>
        {
            fixed (float* b = bias)
                for (int t = start; t < end; t++) ElementWise.Run<ElementWise.Add>(x.RowPointer(t), b, x.RowPointer(t), x.Columns);
        });
    }

    /// <summary>row += bias[start ..], for one row.</summary>
    public static void AddTo(Span<float> row, ReadOnlySpan<float> bias)
    {
        Expect(bias.Length >= row.Length, nameof(bias));
        fixed (float* r = row, b = bias) ElementWise.Run<ElementWise.Add>(r, b, r, row.Length);
    }

    /// <summary>target += factor * row, rounded once an element.</summary>
    public static void AddScaled(Span<float> target, ReadOnlySpan<float> row, float factor)
    {
        Expect(row.Length >= target.Length, nameof(row));
        fixed (float* t = target, r = row) ElementWise.Run<ElementWise.AddScaled>(t, r, t, target.Length, factor);
    }

    /// <summary>gate = silu(gate) * up.</summary>
    public static void SiluGate(ComputePool pool, FloatRows gate, FloatRows up) => Binary<ElementWise.SiluGate>(pool, gate, up, 0);

    /// <summary>gate = gelu_tanh(gate) * up.</summary>
    public static void GeluGate(ComputePool pool, FloatRows gate, FloatRows up) => Binary<ElementWise.GeluGate>(pool, gate, up, 0);

    /// <summary>x = cap tanh(x / cap).</summary>
    public static void Cap(ComputePool pool, FloatRows x, float cap) => Binary<ElementWise.Cap>(pool, x, x, cap);

    /// <summary>gate = gpt-oss's clamped SwiGLU of gate and up.</summary>
    public static void ClampedSwiGlu(ComputePool pool, FloatRows gate, FloatRows up, float limit) => Binary<ElementWise.ClampedSwiGlu>(pool, gate, up, limit);

    /// <summary>x = gelu_tanh(x).</summary>
    public static void GeluTanh(ComputePool pool, FloatRows x) => Binary<ElementWise.GeluTanh>(pool, x, x, 0);

    static void Binary<TOperation>(ComputePool pool, FloatRows a, FloatRows b, float parameter) where TOperation : struct, ElementWise.IBinary
    {
        Same(a, b);
        // Pieces within a row too: a decode step has one row of thousands of elements.
        const int Piece = 1440;
        int pieces = (a.Columns + Piece - 1) / Piece;
        pool.For(a.Rows * pieces, 2, (start, end, _) =>
        {
            for (int i = start; i < end; i++)
            {
                int row = i / pieces, column = i % pieces * Piece, count = Math.Min(Piece, a.Columns - column);
                ElementWise.Run<TOperation>(a.RowPointer(row) + column, b.RowPointer(row) + column, a.RowPointer(row) + column, count, parameter);
            }
        });
    }

    /// <summary>
    /// Rotates pairs (i, i + D/2) of every head in place: y0 = x0 cos - x1 sin, y1 = x1 cos + x0 sin.
    /// <paramref name="cosines"/> and <paramref name="sines"/> are [rows, D/2].
    /// </summary>
    /// <param name="column">Where the heads start in a row; <paramref name="heads"/> of <paramref name="headSize"/> follow.</param>
    public static void Rotate(ComputePool pool, FloatRows x, int column, int heads, int headSize, int rotary, FloatRows cosines, FloatRows sines)
    {
        Expect(column + heads * headSize <= x.Columns && rotary <= headSize && cosines.Columns == rotary / 2 && sines.Columns == rotary / 2
            && cosines.Rows >= x.Rows && sines.Rows >= x.Rows, nameof(x));
        pool.For(x.Rows, 4, (start, end, _) =>
        {
            int half = rotary / 2;
            for (int t = start; t < end; t++)
            {
                float* c = cosines.RowPointer(t), s = sines.RowPointer(t);
                for (int h = 0; h < heads; h++)
                {
                    float* v = x.RowPointer(t) + column + h * headSize;
                    for (int i = 0; i < half; i++)
                    {
                        float x0 = v[i], x1 = v[i + half];
                        v[i] = MathF.FusedMultiplyAdd(x0, c[i], -(x1 * s[i]));
                        v[i + half] = MathF.FusedMultiplyAdd(x1, c[i], x0 * s[i]);
                    }
                }
            }
        });
    }

    /// <summary>
    /// Appends keys and values of consecutive positions to the caches of several sequences and attends, position by position:
    /// causal, and within the window where there is one. Every result depends on its own sequence alone.
    /// </summary>
    /// <param name="x">[rows, queries | keys | values]: heads of the cache's sizes, as one fused projection gives them.</param>
    /// <param name="spans">Which rows belong to which sequence; the tables already hold pages for their positions.</param>
    /// <param name="layer">The layer's index in its group of the cache.</param>
    /// <param name="window">Visible keys including the own one, or 0 for all.</param>
    /// <param name="sinks">One logit per query head that takes probability and gives nothing, or null.</param>
    /// <param name="output">[rows, query heads * value size].</param>
    /// <param name="cap">Scores s become cap tanh(s / cap); 0 for none.</param>
    public static void Attend(ComputePool pool, ScratchPool scratch, FloatRows x, IReadOnlyList<AttentionSpan> spans, int layer, int queryHeads,
        int window, float scale, float[]? sinks, FloatRows output, float cap = 0)
    {
        KeyValueLayout layout = spans[0].Cache.Layout;
        int size = layout.HeadSize, valueSize = layout.ValueSize, heads = layout.Heads, group = queryHeads / heads, keys = queryHeads * size, values = keys + heads * size;
        Expect(layer >= 0 && layer < layout.Layers && group * heads == queryHeads && values + heads * valueSize <= x.Columns
            && output.Columns == queryHeads * valueSize && (sinks is null || sinks.Length == queryHeads), nameof(x));
        int rows = 0, longest = 0;
        foreach (AttentionSpan span in spans)
        {
            Expect(span.Cache.Layout == layout && span.Count > 0 && span.FirstRow >= 0 && span.FirstRow + span.Count <= Math.Min(x.Rows, output.Rows)
                && span.Cache.Holds(First(span.Start), span.Start + span.Count - 1), nameof(spans));
            rows += span.Count;
            longest = Math.Max(longest, span.Start + span.Count);
        }

        var rowOf = new (AttentionSpan Span, int Offset)[rows];
        int next = 0;
        foreach (AttentionSpan span in spans)
            for (int t = 0; t < span.Count; t++) rowOf[next++] = (span, t);

        // All keys and values first: afterwards every (row, head) is independent.
        pool.For(heads * rows, 16, (from, to, _) =>
        {
            for (int i = from; i < to; i++)
            {
                ((AttentionSpan span, int t), int head) = (rowOf[i / heads], i % heads);
                float* row = x.RowPointer(span.FirstRow + t);
                span.Cache.Put(layer, head, span.Start + t, row + keys + head * size, row + values + head * valueSize);
            }
        });

        // Some consecutive rows of a sequence share the keys that both see; with very long contexts their scores would not
        // stay in the cache.
        int visible = (window > 0 ? Math.Min(window + Attention.MaxRows, longest) : longest) / Attention.TileKeys + 2;
        int together = visible <= 1024 ? Attention.MaxRows : 1;
        var blocks = new List<(AttentionSpan Span, int Offset, int Rows)>();
        foreach (AttentionSpan span in spans)
            for (int t = 0; t < span.Count; t += together) blocks.Add((span, t, Math.Min(together, span.Count - t)));
        long floats = Attention.ScratchFloats(together, group, visible, size, valueSize);
        pool.For(heads * blocks.Count, 1, (from, to, worker) =>
        {
            float* memory = scratch.Get(worker, floats);
            for (int i = from; i < to; i++)
            {
                ((AttentionSpan span, int t, int count), int head) = (blocks[i / heads], i % heads);
                float* query = x.RowPointer(span.FirstRow + t) + head * group * size;
                float* target = output.RowPointer(span.FirstRow + t) + head * group * valueSize;
                long k = layout.HeadOffset(layer, head), v = k + layout.ValueOffset;
                fixed (nint* pages = span.Cache.Pointers)
                fixed (float* s = sinks)
                {
                    float* own = s is null ? null : s + head * group;
                    if (Lanes512.IsSupported) Attention.Run<Lanes512>(query, x.Columns, count, group, size, valueSize, pages, k, v, layout.Half, span.Start + t, window, scale, cap, own, memory, target, output.Columns);
                    else if (Lanes256.IsSupported) Attention.Run<Lanes256>(query, x.Columns, count, group, size, valueSize, pages, k, v, layout.Half, span.Start + t, window, scale, cap, own, memory, target, output.Columns);
                    else Attention.Run<Lanes128>(query, x.Columns, count, group, size, valueSize, pages, k, v, layout.Half, span.Start + t, window, scale, cap, own, memory, target, output.Columns);
                }
            }
        });

        int First(int last) => window > 0 ? Math.Max(0, last - window + 1) : 0;
    }

    static void Same(FloatRows x, FloatRows y) => Expect(x.Columns == y.Columns && y.Rows >= x.Rows, nameof(y));

    static void Expect(bool condition, string name)
    {
        if (!condition) throw new ArgumentException("The shapes do not fit together.", name);
    }
}
