using Poise.Tensors.Kernels;
using Poise.Tensors.Threading;

namespace Poise.Tensors;

/// <summary>
/// Causal attention over documents that lie one behind the other and never see each other, forward and backward. The forward
/// pass keeps two numbers a query; the backward pass computes the probabilities anew from them, once with the queries as
/// outputs and once with the keys, so that a thread owns whole outputs. A document gives the same bits wherever it lies.
/// </summary>
public sealed unsafe class DocumentAttention(ComputePool pool) : IDisposable
{
    readonly NativeBuffer?[] _buffers = new NativeBuffer?[10];
    readonly ScratchPool _scratch = new(pool.Threads);

    /// <param name="q">[rows, heads * key size]; k and v have the key-value heads.</param>
    /// <param name="starts">First rows of the documents, ascending from 0.</param>
    /// <param name="sinks">[1, heads]: logits that take probability and give nothing; or null.</param>
    /// <param name="output">[rows, heads * value size].</param>
    /// <param name="statistics">[2, rows * heads + 16], for the backward pass.</param>
    public void Forward(AttentionShape shape, FloatRows q, FloatRows k, FloatRows v, ReadOnlySpan<int> starts, FloatRows? sinks, FloatRows output, FloatRows statistics)
    {
        var documents = new Documents(shape, starts, q.Rows);
        Check(shape, q, k, v, output, statistics, sinks);
        statistics.All.Clear();
        float* queries = Vectors(0, q, shape.Group, shape.KeySize), values = Vectors(1, v, 1, shape.ValueSize);
        float* keys = Vectors(2, k, 1, shape.KeySize), tiles = Tiles(3, keys, documents, 1, shape.KeySize);
        int scores = documents.Longest + 2 * AttentionBlock.Size;
        For(documents, shape.Group, 16L * scores + 16L * shape.ValueSize, (document, head, block, memory) =>
        {
            AttentionView view = View(shape, documents, document, head);
            long row = documents.Vector(document, head, 1), query = documents.Vector(document, head, shape.Group);
            view.Queries = queries + query * shape.KeySize;
            view.Values = values + row * shape.ValueSize;
            view.KeyTiles = tiles + documents.Tile(document, head, 1) * 16 * shape.KeySize;
            view.Largest = statistics.RowPointer(0) + query;
            view.Inverse = statistics.RowPointer(1) + query;
            float* own = sinks is null ? null : sinks.Pointer + head * shape.Group, result = memory + 16L * scores;
            if (Lanes512.IsSupported) AttentionBlock.Forward<Lanes512>(view, block, own, memory, result);
            else if (Lanes256.IsSupported) AttentionBlock.Forward<Lanes256>(view, block, own, memory, result);
            else AttentionBlock.Forward<Lanes128>(view, block, own, memory, result);
            Scatter(documents, document, head, block, shape.Group, shape.ValueSize, result, output);
        });
    }

    /// <param name="output">As the forward pass gave it, with its statistics.</param>
    /// <param name="dq">Overwritten, as dk and dv.</param>
    /// <param name="dsinks">[rows, heads], one share a query; null where it is not needed.</param>
    public void Backward(AttentionShape shape, FloatRows q, FloatRows k, FloatRows v, ReadOnlySpan<int> starts, FloatRows? sinks, FloatRows output, FloatRows statistics,
        FloatRows dy, FloatRows dq, FloatRows dk, FloatRows dv, FloatRows? dsinks)
    {
        var documents = new Documents(shape, starts, q.Rows);
        Check(shape, q, k, v, output, statistics, sinks);
        if (!Fits(dy, output) || !Fits(dq, q) || !Fits(dk, k) || !Fits(dv, v) || (dsinks is not null && (dsinks.Columns != shape.Heads || dsinks.Rows != q.Rows)))
            throw new ArgumentException("The gradients do not have the shapes of their values.");
        int group = shape.Group, size = shape.KeySize, valueSize = shape.ValueSize;
        float* queries = Vectors(0, q, group, size), values = Vectors(1, v, 1, valueSize), keys = Vectors(2, k, 1, size);
        float* gradients = Vectors(4, dy, group, valueSize), outputs = Vectors(5, output, group, valueSize);
        float* keyTiles = Tiles(3, keys, documents, 1, size), valueTiles = Tiles(6, values, documents, 1, valueSize);
        float* queryTiles = Tiles(7, queries, documents, group, size), gradientTiles = Tiles(8, gradients, documents, group, valueSize);
        long vectors = (long)q.Rows * shape.Heads;
        float* pulls = Buffer(9, 2 * (vectors + 16)), shares = pulls + vectors + 16;
        new Span<float>(pulls + vectors, 16).Clear();

        AttentionView Whole(int document, int head)
        {
            AttentionView view = View(shape, documents, document, head);
            long row = documents.Vector(document, head, 1), query = documents.Vector(document, head, group);
            view.Queries = queries + query * size;
            view.OutputGradients = gradients + query * valueSize;
            view.KeyVectors = keys + row * size;
            view.Values = values + row * valueSize;
            view.KeyTiles = keyTiles + documents.Tile(document, head, 1) * 16 * size;
            view.ValueTiles = valueTiles + documents.Tile(document, head, 1) * 16 * valueSize;
            view.QueryTiles = queryTiles + documents.Tile(document, head, group) * 16 * size;
            view.OutputGradientTiles = gradientTiles + documents.Tile(document, head, group) * 16 * valueSize;
            view.Largest = statistics.RowPointer(0) + query;
            view.Inverse = statistics.RowPointer(1) + query;
            view.Pull = pulls + query;
            return view;
        }

        For(documents, group, 0, (document, head, block, memory) =>
        {
            AttentionView view = Whole(document, head);
            long query = documents.Vector(document, head, group);
            (int first, int count, _, _) = view.Keys(block);
            float* own = sinks is null ? null : sinks.Pointer + head * group, result = outputs + query * valueSize;
            if (Lanes512.IsSupported) AttentionBlock.Pulls<Lanes512>(view, first, count, result, own, shares + query);
            else if (Lanes256.IsSupported) AttentionBlock.Pulls<Lanes256>(view, first, count, result, own, shares + query);
            else AttentionBlock.Pulls<Lanes128>(view, first, count, result, own, shares + query);
            if (dsinks is not null && sinks is not null) Scatter(documents, document, head, block, group, 1, shares + query + first, dsinks);
        });
        For(documents, group, 2 * 256 + 16L * size, (document, head, block, memory) =>
        {
            AttentionView view = Whole(document, head);
            float* result = memory + 2 * 256;
            if (Lanes512.IsSupported) AttentionBlock.Queries<Lanes512>(view, block, memory, result);
            else if (Lanes256.IsSupported) AttentionBlock.Queries<Lanes256>(view, block, memory, result);
            else AttentionBlock.Queries<Lanes128>(view, block, memory, result);
            Scatter(documents, document, head, block, group, size, result, dq);
        });
        For(documents, 1, 2 * 256 + 16L * (size + valueSize), (document, head, block, memory) =>
        {
            AttentionView view = Whole(document, head);
            float* key = memory + 2 * 256, value = key + 16L * size;
            if (Lanes512.IsSupported) AttentionBlock.KeysAndValues<Lanes512>(view, block, memory, key, value);
            else if (Lanes256.IsSupported) AttentionBlock.KeysAndValues<Lanes256>(view, block, memory, key, value);
            else AttentionBlock.KeysAndValues<Lanes128>(view, block, memory, key, value);
            Scatter(documents, document, head, block, 1, size, key, dk);
            Scatter(documents, document, head, block, 1, valueSize, value, dv);
        });
    }

    delegate void BlockBody(int document, int head, int block, float* memory);

    // All blocks of sixteen vectors, every one an output of its own.
    void For(Documents documents, int group, long floats, BlockBody body)
    {
        var blocks = new List<(int Document, int Block)>();
        for (int d = 0; d < documents.Count; d++)
            for (int b = 0; b < (documents.Length(d) * group + 15) / 16; b++) blocks.Add((d, b));
        pool.For(checked(blocks.Count * documents.Heads), 1, (start, end, worker) =>
        {
            float* memory = _scratch.Get(worker, floats);
            for (int i = start; i < end; i++) body(blocks[i / documents.Heads].Document, i % documents.Heads, blocks[i / documents.Heads].Block, memory);
        });
    }

    static AttentionView View(AttentionShape shape, Documents documents, int document, int head) => new()
    {
        Length = documents.Length(document), Group = shape.Group, KeySize = shape.KeySize, ValueSize = shape.ValueSize,
        Window = shape.Window, Scale = shape.Scale, Cap = shape.Cap,
    };

    // [rows, heads * size] to [key-value heads][row][head of the group][size].
    float* Vectors(int index, FloatRows source, int group, int size)
    {
        int rows = source.Rows, heads = source.Columns / (group * size);
        float* target = Buffer(index, (long)rows * source.Columns);
        pool.For(checked(heads * rows), 64, (start, end, _) =>
        {
            long bytes = (long)group * size * sizeof(float);
            for (int i = start; i < end; i++)
                System.Buffer.MemoryCopy(source.RowPointer(i % rows) + (long)(i / rows) * group * size, target + (long)i * group * size, bytes, bytes);
        });
        return target;
    }

    // Packed vectors to tiles [size, 16] of their document, the last one padded with zeros.
    float* Tiles(int index, float* vectors, Documents documents, int group, int size)
    {
        float* target = Buffer(index, documents.Tiles(group) * 16 * size);
        For(documents, group, 0, (document, head, block, _) =>
        {
            float* tile = target + (documents.Tile(document, head, group) + block) * 16 * size;
            int count = Math.Min(16, documents.Length(document) * group - block * 16);
            if (count < 16) new Span<float>(tile, 16 * size).Clear();
            Transposition.Run(vectors + (documents.Vector(document, head, group) + block * 16) * size, size, count, size, tile, 16);
        });
        return target;
    }

    // A block of results to the rows of their positions.
    static void Scatter(Documents documents, int document, int head, int block, int group, int size, float* block16, FloatRows target)
    {
        int count = Math.Min(16, documents.Length(document) * group - block * 16);
        for (int n = 0; n < count; n++)
        {
            int vector = block * 16 + n;
            new ReadOnlySpan<float>(block16 + (long)n * size, size)
                .CopyTo(new Span<float>(target.RowPointer(documents.First(document) + vector / group) + (head * group + vector % group) * size, size));
        }
    }

    float* Buffer(int index, long floats)
    {
        if (_buffers[index] is not { } buffer || buffer.Length < floats * sizeof(float))
        {
            _buffers[index]?.Dispose();
            _buffers[index] = buffer = new NativeBuffer(checked(floats * sizeof(float)));
        }

        return buffer.Floats;
    }

    static bool Fits(FloatRows gradient, FloatRows value) => gradient.Columns == value.Columns && gradient.Rows == value.Rows;

    static void Check(AttentionShape shape, FloatRows q, FloatRows k, FloatRows v, FloatRows output, FloatRows statistics, FloatRows? sinks)
    {
        if (shape.Group * shape.KeyValueHeads != shape.Heads || q.Columns != shape.Heads * shape.KeySize || k.Columns != shape.KeyValueHeads * shape.KeySize
            || v.Columns != shape.KeyValueHeads * shape.ValueSize || k.Rows != q.Rows || v.Rows != q.Rows || output.Rows != q.Rows
            || output.Columns != shape.Heads * shape.ValueSize || statistics.Rows != 2 || statistics.Columns != q.Rows * shape.Heads + 16
            || (sinks is not null && (sinks.Rows != 1 || sinks.Columns != shape.Heads)))
            throw new ArgumentException("The shapes do not fit together.");
    }

    public void Dispose()
    {
        foreach (NativeBuffer? buffer in _buffers) buffer?.Dispose();
        _scratch.Dispose();
    }
}
