using Poise.Core.Layers;
using Poise.Tensors;
using Poise.Tensors.Formats;
using Poise.Tensors.Matrices;

namespace Poise.Core.Models;

/// <summary>Reads the weights of a model by name, each with the shape that the configuration asks for.</summary>
public sealed class WeightReader
{
    readonly MatrixLoader _loader, _experts;
    readonly Runtime _runtime;

    public WeightReader(Checkpoint checkpoint, LoadOptions options, Runtime runtime)
    {
        Checkpoint = checkpoint;
        long done = 0, total = checkpoint.Tensors.Sum(t => t.ByteLength);
        _runtime = runtime;
        _loader = new MatrixLoader(runtime.Pool, options.Activations == ActivationPrecision.Int8, options.Placement is WeightPlacement.Packed or WeightPlacement.Streamed,
            bytes => options.Progress?.Invoke(done += bytes, total), options.Background ? runtime.Packing : null);
        _experts = _loader;
        if (options.Placement != WeightPlacement.Streamed) return;
        total = checkpoint.Tensors.Where(t => !ExpertTensors.Contains(t.Name)).Sum(t => t.ByteLength);
        _experts = new MatrixLoader(runtime.Pool, options.Activations == ActivationPrecision.Int8, packed: false);
        runtime.Stream(options.ExpertBytes);
    }

    public Checkpoint Checkpoint { get; }

    public bool Has(string name) => Checkpoint.Has(name);

    /// <summary>A small tensor of exactly <paramref name="count"/> elements, as F32.</summary>
    public float[] Vector(string name, int count)
    {
        StoredTensor tensor = Checkpoint.Get(name);
        if (tensor.Elements != count || tensor.Shape.Length == 0)
            throw new ModelFileException(tensor.File, name, $"expected {count} elements, found shape [{string.Join(", ", tensor.Shape)}]");
        return tensor.ToFloats();
    }

    public float[]? FindVector(string name, int count) => Has(name) ? Vector(name, count) : null;

    /// <summary>All rows of a tensor, which must be exactly [rows, columns].</summary>
    public MatrixSource Rows(string name, int rows, int columns, int[]? map = null)
    {
        if (map is null && Checkpoint.Find($"{name}_scale_inv") is { } scales) return MatrixSource.FromFp8(Checkpoint.Get(name), scales, rows, columns);
        Exactly(name, rows, columns);
        return MatrixSource.FromTensor(Checkpoint.Get(name), rows, columns, map: map);
    }

    /// <summary>Some rows of a tensor of exactly <paramref name="storedRows"/> rows.</summary>
    public MatrixSource Slice(string name, long storedRows, int columns, long firstRow, int rows, int step = 1, int[]? map = null)
    {
        Exactly(name, storedRows, columns);
        return MatrixSource.FromTensor(Checkpoint.Get(name), rows, columns, firstRow, step, map);
    }

    public WeightMatrix Load(MatrixSource source) => _loader.Load(source);

    /// <summary>The matrices of one expert of a layer; with what keeps them in memory where they are streamed.</summary>
    public (WeightMatrix[] Matrices, StreamedMatrices? Streamed) Expert(int layer, params MatrixSource[] sources)
    {
        WeightMatrix[] matrices = Array.ConvertAll(sources, _experts.Load);
        return (matrices, _runtime.Streamer?.Add(matrices, layer));
    }

    public Linear Linear(string name, int rows, int columns, int[]? map = null, bool bias = false) =>
        new(Load(Rows($"{name}.weight", rows, columns, map)), bias ? Permute(Vector($"{name}.bias", rows), map) : null);

    /// <summary>The projections of queries, keys and values: apart, or one tensor with the q rows, then k, then v.</summary>
    /// <param name="prefix">What comes before q, k, v and qkv; <paramref name="suffix"/> comes after the three.</param>
    /// <param name="queryMap">Where the rows of q lie; null for their own order. <paramref name="keyMap"/> likewise.</param>
    public Projections Projections(string prefix, string suffix, int queries, int keys, int columns, bool bias = false, int[]? queryMap = null, int[]? keyMap = null)
    {
        if (!Has($"{prefix}qkv.weight"))
        {
            return new(Linear($"{prefix}q{suffix}", queries, columns, queryMap, bias), Linear($"{prefix}k{suffix}", keys, columns, keyMap, bias),
                Linear($"{prefix}v{suffix}", keys, columns, bias: bias));
        }

        int all = queries + 2 * keys;
        float[]? biases = bias ? Vector($"{prefix}qkv.bias", all) : null;
        return new(Part(0, queries, queryMap), Part(queries, keys, keyMap), Part(queries + keys, keys, null));

        Linear Part(int first, int rows, int[]? map) =>
            new(Load(Slice($"{prefix}qkv.weight", all, columns, first, rows, map: map)), biases is null ? null : Permute(biases[first..(first + rows)], map));
    }

    /// <summary>A matrix that is only looked up row by row.</summary>
    public Embedding Embedding(string name, int rows, int columns) => new(Rows(name, rows, columns));

    public static float[] Permute(float[] values, int[]? map) => map is null ? values : Array.ConvertAll(map, i => values[i]);

    void Exactly(string name, long rows, int columns)
    {
        StoredTensor tensor = Checkpoint.Get(name);
        if (tensor.Shape.Length == 0 || tensor.Shape[^1] != columns || tensor.Elements != checked(rows * columns))
            throw new ModelFileException(tensor.File, name, $"expected [{rows}, {columns}], found [{string.Join(", ", tensor.Shape)}]");
    }
}
