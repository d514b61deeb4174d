using Poise.Tensors;
using Poise.Tensors.Matrices;

namespace Poise.Core.Layers;

/// <summary>Which rows of the running pass belong to sequences with an adapter, and what that changes in the layers' results.</summary>
public sealed class AdaptedRows(Runtime runtime) : IDisposable
{
    readonly RowChanges _changes = new(runtime.Pool);
    LoadedAdapter?[] _of = [];
    bool _any;

    /// <summary>Row t of what follows belongs to adapter t, or none.</summary>
    public void Set(LoadedAdapter?[] rows)
    {
        _of = rows;
        _any = Array.Exists(rows, adapter => adapter is not null);
    }

    /// <summary>After y = W x, before a bias: all rows of the pass.</summary>
    public void Apply(WeightMatrix matrix, ActivationBatch x, FloatRows y, int column = 0)
    {
        if (!_any) return;
        Collect(matrix, x, y, column);
        _changes.Run();
    }

    /// <summary>The same for several matrices that share their input.</summary>
    public void Apply(ActivationBatch x, params ReadOnlySpan<(Linear Layer, FloatRows Y, int Column)> results)
    {
        if (!_any) return;
        foreach ((Linear layer, FloatRows y, int column) in results) Collect(layer.Weight, x, y, column);
        _changes.Run();
    }

    /// <summary>After the products of experts: row p of the batch is row <paramref name="rowOf"/>[p] of the pass, in one of the layers of its expert.</summary>
    public void Apply(ActivationBatch x, ReadOnlySpan<int> rowOf, Func<int, Linear> layerOf, FloatRows y)
    {
        if (!_any) return;
        for (int p = 0; p < rowOf.Length; p++)
            if (_of[rowOf[p]] is { } adapter && adapter.Matrices.TryGetValue(layerOf(p).Weight, out RowChange? change)) _changes.Add(change, x, p, y, 0);
        _changes.Run();
    }

    void Collect(WeightMatrix matrix, ActivationBatch x, FloatRows y, int column)
    {
        for (int t = 0; t < x.Rows; t++)
            if (_of[t] is { } adapter && adapter.Matrices.TryGetValue(matrix, out RowChange? change)) _changes.Add(change, x, t, y, column);
    }

    /// <summary>The weights of a norm as the adapter of a row has them.</summary>
    public Func<int, float[]> VectorOf(float[] weight) => t => _any && _of[t] is { } adapter ? adapter.Vectors.GetValueOrDefault(weight, weight) : weight;

    /// <summary>Norms whose weights or biases an adapter replaces: <paramref name="again"/> computes the result of one row anew.</summary>
    public void Norm(FloatRows x, float[] weight, float[]? bias, FloatRows y, Action<FloatRows, float[], float[]?, FloatRows> again)
    {
        if (!_any) return;
        for (int t = 0; t < x.Rows; t++)
        {
            if (_of[t] is not { Vectors.Count: > 0 } adapter) continue;
            float[] ownWeight = adapter.Vectors.GetValueOrDefault(weight, weight);
            float[]? ownBias = bias is null ? null : adapter.Vectors.GetValueOrDefault(bias, bias);
            if (ownWeight == weight && ownBias == bias) continue;
            using FloatRows one = new FloatRows(x.Columns).Resize(1), result = new FloatRows(x.Columns).Resize(1);
            x.Row(t).CopyTo(one.Row(0));
            again(one, ownWeight, ownBias, result);
            result.Row(0).CopyTo(y.Row(t));
        }
    }

    public void Dispose() => _changes.Dispose();
}
