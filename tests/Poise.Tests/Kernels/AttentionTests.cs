using Poise.Tensors;
using Poise.Tensors.Kernels;
using Poise.Tensors.Kernels.Reference;
using Poise.Tensors.Threading;

namespace Poise.Tests.Kernels;

/// <summary>Attention and rotation against the scalar references, to the bit: grouped heads, windows in a ring, sinks, both cache types.</summary>
public unsafe class AttentionTests
{
    [Theory]
    [InlineData(1, 1, 16, 40, 0, false, true)]
    [InlineData(8, 2, 64, 50, 0, true, true)]
    [InlineData(4, 4, 20, 33, 0, false, false)]
    [InlineData(8, 1, 64, 70, 16, true, true)]
    [InlineData(6, 3, 8, 70, 5, true, false)]
    [InlineData(4, 2, 33, 100, 17, false, true)]
    [InlineData(2, 1, 16, 140, 128, true, true)]
    public void WholeSequences(int queryHeads, int heads, int size, int count, int window, bool sinks, bool half)
    {
        float[] all = Expected(queryHeads, heads, size, count, window, sinks, half, out float[][] x, out float[]? sinkValues);
        foreach (int chunk in (int[])[count, 1, 7, 16])
        {
            foreach (int threads in (int[])[1, 3])
            {
                using var pool = new ComputePool(threads);
                using var scratch = new ScratchPool(threads);
                using var cache = new KeyValueCache(heads, size, window > 0 ? window : count, half);
                using var output = new FloatRows(queryHeads * size);
                using var rows = new FloatRows(x[0].Length);
                output.Resize(count);
                rows.Resize(count);
                for (int t = 0; t < count; t++) x[t].CopyTo(rows.Row(t));
                for (int start = 0; start < count; start += chunk)
                    Operations.Attend(pool, scratch, rows, start, Math.Min(chunk, count - start), start, queryHeads, cache, window, 0.3f, sinkValues, output);
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

    [Fact]
    public void TheRingKeepsTheLastPositions()
    {
        using var cache = new KeyValueCache(heads: 2, headSize: 3, capacity: 20, half: false);
        Assert.Equal(32, cache.Slots);
        float* key = stackalloc float[3], value = stackalloc float[3];
        for (int p = 0; p < 100; p++)
        {
            for (int h = 0; h < 2; h++)
            {
                for (int d = 0; d < 3; d++) (key[d], value[d]) = (1000 * h + 10 * p + d, -(1000 * h + 10 * p + d));
                cache.Put(h, p, key, value);
            }
        }

        for (int p = 100 - cache.Slots; p < 100; p++)
        {
            int slot = p % cache.Slots;
            for (int h = 0; h < 2; h++)
            {
                for (int d = 0; d < 3; d++)
                {
                    Assert.Equal(1000 * h + 10 * p + d, ((float*)cache.Keys(h))[(slot / 16 * 3 + d) * 16 + slot % 16]);
                    Assert.Equal(-(1000 * h + 10 * p + d), ((float*)cache.Values(h))[slot * 16 + d]);
                }
            }
        }
    }

    static void Width<TLanes>() where TLanes : struct, ILanes<TLanes>
    {
        if (!TLanes.IsSupported) return;
        foreach ((int heads, int size, int last, int window, bool half) in ((int, int, int, int, bool)[])[(1, 64, 0, 0, true), (4, 64, 90, 0, true), (3, 20, 77, 24, false), (8, 64, 300, 128, true)])
        {
            int slots = ((window > 0 ? window : last + 1) + 15) / 16 * 16, first = window > 0 ? Math.Max(0, last - window + 1) : 0;
            using var cache = new KeyValueCache(1, size, slots, half);
            float[][] keys = Rows(1, last + 1, size), values = Rows(2, last + 1, size);
            for (int p = 0; p <= last; p++)
                fixed (float* k = keys[p], v = values[p]) cache.Put(0, p, k, v);
            if (half) (keys, values) = (Round(keys), Round(values));
            float[] query = KernelData.Floats(3, heads * size), sinks = KernelData.Floats(4, heads), actual = new float[heads * size], expected = new float[heads * size];
            using var scratch = new NativeBuffer(4 * Attention.ScratchFloats(heads, (last - first) / 16 + 2, size));
            fixed (float* q = query, s = sinks, y = actual)
                Attention.Run<TLanes>(q, heads, size, cache.Keys(0), cache.Values(0), half, cache.Slots, first, last, 0.125f, s, scratch.Floats, y);
            for (int h = 0; h < heads; h++)
                ScalarAttention.Head(query.AsSpan(h * size, size), keys, values, first, last, 0.125f, sinks[h], expected.AsSpan(h * size, size));
            KernelData.SameBits(expected, actual, $"{typeof(TLanes).Name} {heads} heads of {size}, {first}..{last}");
        }
    }

    static float[] Expected(int queryHeads, int heads, int size, int count, int window, bool sinks, bool half, out float[][] x, out float[]? sinkValues)
    {
        x = Rows(7, count, (queryHeads + 2 * heads) * size);
        sinkValues = sinks ? KernelData.Floats(8, queryHeads) : null;
        float[] all = new float[count * queryHeads * size];
        for (int h = 0; h < queryHeads; h++)
        {
            int kv = h / (queryHeads / heads);
            float[][] keys = [.. x.Select(row => row.AsSpan((queryHeads + kv) * size, size).ToArray())];
            float[][] values = [.. x.Select(row => row.AsSpan((queryHeads + heads + kv) * size, size).ToArray())];
            if (half) (keys, values) = (Round(keys), Round(values));
            for (int t = 0; t < count; t++)
                ScalarAttention.Head(x[t].AsSpan(h * size, size), keys, values, window > 0 ? Math.Max(0, t - window + 1) : 0, t, 0.3f, sinkValues?[h],
                    all.AsSpan((t * queryHeads + h) * size, size));
        }

        return all;
    }

    static float[][] Rows(int seed, int count, int columns) => [.. Enumerable.Range(0, count).Select(t => KernelData.Floats(seed * 1000 + t, columns))];

    static float[][] Round(float[][] rows) => [.. rows.Select(row => Array.ConvertAll(row, v => (float)(Half)v))];
}
