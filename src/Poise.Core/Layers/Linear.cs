using Poise.Tensors;
using Poise.Tensors.Matrices;

namespace Poise.Core.Layers;

/// <summary>y = W x + b. Whether the weights are quantised is this layer's business, never the model's.</summary>
public sealed class Linear(WeightMatrix weight, float[]? bias) : IDisposable
{
    public WeightMatrix Weight { get; } = weight;

    /// <summary>[rows], or null.</summary>
    public float[]? Bias { get; } = bias;

    public void Forward(Runtime runtime, ActivationBatch x, FloatRows y)
    {
        runtime.Product.Run(x, Weight, y);
        runtime.Adapted.Apply(Weight, x, y);
        if (Bias is not null) Operations.AddBias(runtime.Pool, y, Bias);
    }

    public void Dispose() => Weight.Dispose();
}
