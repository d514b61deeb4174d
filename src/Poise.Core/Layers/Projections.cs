using Poise.Tensors;
using Poise.Tensors.Matrices;

namespace Poise.Core.Layers;

/// <summary>Queries, keys and values of one input. All three have biases, or none.</summary>
public sealed record Projections(Linear Query, Linear Key, Linear Value) : IDisposable
{
    /// <param name="y">[rows, queries | keys | values].</param>
    public void Forward(Runtime runtime, ActivationBatch x, FloatRows y)
    {
        int keys = Query.Weight.Rows, values = keys + Key.Weight.Rows;
        runtime.Product.Run(x, [new MatrixJob(Query.Weight, 0, x.Tiles, y), new MatrixJob(Key.Weight, 0, x.Tiles, y, keys), new MatrixJob(Value.Weight, 0, x.Tiles, y, values)]);
        runtime.Adapted.Apply(x, (Query, y, 0), (Key, y, keys), (Value, y, values));
        if (Query.Bias is null) return;
        for (int t = 0; t < y.Rows; t++)
        {
            Operations.AddTo(y.Row(t)[..keys], Query.Bias);
            Operations.AddTo(y.Row(t)[keys..values], Key.Bias);
            Operations.AddTo(y.Row(t)[values..], Value.Bias);
        }
    }

    public void Dispose()
    {
        Query.Dispose();
        Key.Dispose();
        Value.Dispose();
    }
}
