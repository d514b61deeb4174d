using Poise.Tensors;
using Poise.Tensors.Cache;
using Poise.Tensors.Kernels;
using Poise.Tensors.Kernels.Reference;
using Poise.Tensors.Threading;

namespace Poise.Tests.Kernels;

/// <summary>Attention and rotation against the scalar references, to the bit: grouped heads, windows in a ring, sinks, both cache types.</summary>
public unsafe class AttentionTests
{
    [Theory]
    [InlineData(1, 1, 16, 16, 40, 0, false, true, 0)]
    [InlineData(8, 2, 64, 64, 50, 0, true, true, 0)]
    [InlineData(4, 4, 20, 20, 33, 0, false, false, 0)]
    [InlineData(8, 1, 64, 64, 70, 16, true, true, 0)]
    [InlineData(6, 3, 8, 8, 70, 5, true, false, 0)]
    [InlineData(4, 2, 33, 33, 100, 17, false, true, 0)]
    [InlineData(2, 1, 16, 16, 140, 128, true, true, 0)]
    [InlineData(4, 2, 32, 32, 70, 12, false, true, 0.25f)]
    [InlineData(4, 2, 32, 32, 70, 0, true, false, 3)]
    [InlineData(4, 4, 24, 16, 50, 0, false, true, 0)]
    [InlineData(4, 4, 24, 40, 50, 9, false, false, 0.5f)]
    [InlineData(8, 1, 96, 80, 33, 0, true, true, 0)]
    public void WholeSequences(int queryHeads, int heads, int size, int valueSize, int count, int window, bool sinks, bool half, float cap)
    {
        float[] all = Expected(queryHeads, heads, size, valueSize, count, window, sinks, half, cap, out float[][] x, out float[]? sinkValues);
        foreach (int chunk in (int[])[count, 1, 7, 16])
        {
            foreach (int threads in (int[])[1, 3])
            {
                using var pool = new ComputePool(threads);
                using var scratch = new ScratchPool(threads);
                using KeyValuePagePool pages = Pages(heads, size, half, valueSize);
                using var cache = new KeyValueTable(pages, 0);
                using var output = new FloatRows(queryHeads * valueSize);
                using var rows = new FloatRows(x[0].Length);
                output.Resize(count);
                rows.Resize(count);
                for (int t = 0; t < count; t++) x[t].CopyTo(rows.Row(t));
                for (int start = 0; start < count; start += chunk)
                {
                    if (window > 0) cache.Forget(Math.Max(0, start - window + 1));
                    int end = Math.Min(start + chunk, count);
                    Assert.True(cache.TryExtend(end));
                    Operations.Attend(pool, scratch, rows, [new AttentionSpan(cache, start, end - start, start)], 1, queryHeads, window, 0.3f, sinkValues, output, cap);
                }

                KernelData.SameBits(all, output.All, $"chunks of {chunk}, {threads} threads");
            }
        }
    }

    [Fact]
    public void EveryWidth()
    {
        Width<Lanes128>();
        Width<Lanes256>();
        Width<Lanes512>();
    }

    [Theory]
    [InlineData(64, 64)]
    [InlineData(64, 32)]
    [InlineData(6, 6)]
    public void Rotation(int size, int rotary)
    {
        const int Rows = 9, Heads = 3, Column = 5;
        using var pool = new ComputePool(2);
        using FloatRows x = new FloatRows(Column + Heads * size + 2).Resize(Rows), c = new FloatRows(rotary / 2).Resize(Rows), s = new FloatRows(rotary / 2).Resize(Rows);
        KernelData.Floats(1, x.All.Length).CopyTo(x.All);
        KernelData.Floats(2, c.All.Length).CopyTo(c.All);
        KernelData.Floats(3, s.All.Length).CopyTo(s.All);
        float[] expected = x.All.ToArray();
        for (int t = 0; t < Rows; t++)
            for (int h = 0; h < Heads; h++) ScalarRotation.Head(expected.AsSpan(t * x.Columns + Column + h * size, rotary), c.Row(t), s.Row(t));
        Operations.Rotate(pool, x, Column, Heads, size, rotary, c, s);
        KernelData.SameBits(expected, x.All, "rotation");
    }

    /// <summary>Two sequences in one call, each at its own position, give what each gives alone.</summary>
    [Fact]
    public void SeveralSequences()
    {
        const int Heads = 2, Size = 16, Count = 50, Window = 20;
        float[] all = Expected(4, Heads, Size, Size, Count, Window, true, true, 0, out float[][] x, out float[]? sinks);
        using var pool = new ComputePool(2);
        using var scratch = new ScratchPool(2);
        using KeyValuePagePool pages = Pages(Heads, Size, half: true);
        using KeyValueTable first = new(pages, 0), second = new(pages, 0);
        using FloatRows rows = new(x[0].Length), output = new(4 * Size);
        for (int t = 0; t < Count + 7; t++)
        {
            // The second runs seven positions behind the first.
            var spans = new List<AttentionSpan>();
            rows.Resize(2);
            output.Resize(2);
            if (t < Count)
            {
                Assert.True(first.TryExtend(t + 1));
                x[t].CopyTo(rows.Row(spans.Count));
                spans.Add(new AttentionSpan(first, spans.Count, 1, t));
            }

            if (t >= 7)
            {
                Assert.True(second.TryExtend(t - 6));
                x[t - 7].CopyTo(rows.Row(spans.Count));
                spans.Add(new AttentionSpan(second, spans.Count, 1, t - 7));
            }

            Operations.Attend(pool, scratch, rows, spans, 0, 4, Window, 0.3f, sinks, output);
            foreach (AttentionSpan span in spans)
                KernelData.SameBits(all.AsSpan(span.Start * 4 * Size, 4 * Size), output.Row(span.FirstRow), $"position {span.Start}");
        }
    }

    static void Width<TLanes>() where TLanes : struct, ILanes<TLanes>
    {
        if (!TLanes.IsSupported) return;
        foreach ((int heads, int size, int valueSize, int last, int window, bool half, float cap) in ((int, int, int, int, int, bool, float)[])
            [(1, 64, 64, 0, 0, true, 0), (4, 64, 64, 90, 0, true, 0), (3, 20, 20, 77, 24, false, 0), (8, 64, 64, 300, 128, true, 0), (8, 64, 64, 90, 0, true, 0.5f), (3, 24, 40, 77, 24, false, 2), (4, 48, 17, 90, 0, true, 0), (4, 32, 32, 90, 0, true, 0), (7, 32, 32, 77, 24, false, 0), (5, 32, 32, 90, 0, true, 2)])
        {
            int first = window > 0 ? Math.Max(0, last - window + 1) : 0;
            using KeyValuePagePool pages = Pages(1, size, half, valueSize);
            using var cache = new KeyValueTable(pages, 0);
            Assert.True(cache.TryExtend(last + 1));
            float[][] keys = Rows(1, last + 1, size), values = Rows(2, last + 1, valueSize);
            for (int p = 0; p <= last; p++)
                fixed (float* k = keys[p], v = values[p]) cache.Put(1, 0, p, k, v);
            if (half) (keys, values) = (Round(keys), Round(values));
            float[] query = KernelData.Floats(3, heads * size), sinks = KernelData.Floats(4, heads), actual = new float[heads * valueSize], expected = new float[heads * valueSize];
            using var scratch = new NativeBuffer(4 * Attention.ScratchFloats(1, heads, (last - first) / 16 + 2, size, valueSize));
            long start = cache.Layout.HeadOffset(1, 0);
            fixed (nint* table = cache.Pointers)
            fixed (float* q = query, s = sinks, y = actual)
                Attention.Run<TLanes>(q, 0, 1, heads, size, valueSize, table, start, start + cache.Layout.ValueOffset, half, last, window, 0.125f, cap, s, scratch.Floats, y, 0);
            for (int h = 0; h < heads; h++)
                ScalarAttention.Head(query.AsSpan(h * size, size), keys, values, first, last, 0.125f, sinks[h], expected.AsSpan(h * valueSize, valueSize), cap);
            KernelData.SameBits(expected, actual, $"{typeof(TLanes).Name} {heads} heads of {size} and {valueSize}, {first}..{last}, cap {cap}");
        }
    }

    static KeyValuePagePool Pages(int heads, int size, bool half, int valueSize = 0) => new([new KeyValueLayout(2, heads, size, half, valueSize)], long.MaxValue);

    static float[] Expected(int queryHeads, int heads, int size, int valueSize, int count, int window, bool sinks, bool half, float cap, out float[][] x, out float[]? sinkValues)
    {
        x = Rows(7, count, (queryHeads + heads) * size + heads * valueSize);
        sinkValues = sinks ? KernelData.Floats(8, queryHeads) : null;
        float[] all = new float[count * queryHeads * valueSize];
        for (int h = 0; h < queryHeads; h++)
        {
            int kv = h / (queryHeads / heads);
            float[][] keys = [.. x.Select(row => row.AsSpan((queryHeads + kv) * size, size).ToArray())];
            float[][] values = [.. x.Select(row => row.AsSpan((queryHeads + heads) * size + kv * valueSize, valueSize).ToArray())];
            if (half) (keys, values) = (Round(keys), Round(values));
            for (int t = 0; t < count; t++)
                ScalarAttention.Head(x[t].AsSpan(h * size, size), keys, values, window > 0 ? Math.Max(0, t - window + 1) : 0, t, 0.3f, sinkValues?[h],
                    all.AsSpan((t * queryHeads + h) * valueSize, valueSize), cap);
        }

        return all;
    }

    static float[][] Rows(int seed, int count, int columns) => [.. Enumerable.Range(0, count).Select(t => KernelData.Floats(seed * 1000 + t, columns))];

    static float[][] Round(float[][] rows) => [.. rows.Select(row => Array.ConvertAll(row, v => (float)(Half)v))];
}
