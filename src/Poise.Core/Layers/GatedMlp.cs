using Poise.Tensors;
using Poise.Tensors.Matrices;

namespace Poise.Core.Layers;

/// <summary>down(f(gate x) * up x), where f is SiLU or GELU.</summary>
public sealed record GatedMlp(Linear Gate, Linear Up, Linear Down, bool Gelu = false) : IDisposable
{
    /// <param name="gates">For what lies between, [any, width]; so is <paramref name="ups"/>.</param>
    public void Forward(Runtime runtime, ActivationBatch x, FloatRows gates, FloatRows ups, FloatRows y)
    {
        gates.Resize(x.Rows);
        ups.Resize(x.Rows);
        runtime.Product.Run(x, [new MatrixJob(Gate.Weight, 0, x.Tiles, gates), new MatrixJob(Up.Weight, 0, x.Tiles, ups)]);
        runtime.Adapted.Apply(x, (Gate, gates, 0), (Up, ups, 0));
        if (Gate.Bias is not null) Operations.AddBias(runtime.Pool, gates, Gate.Bias);
        if (Up.Bias is not null) Operations.AddBias(runtime.Pool, ups, Up.Bias);
        if (Gelu) Operations.GeluGate(runtime.Pool, gates, ups);
        else Operations.SiluGate(runtime.Pool, gates, ups);
        Down.Forward(runtime, x.Set(gates), y);
    }

    public void Dispose()
    {
        Gate.Dispose();
        Up.Dispose();
        Down.Dispose();
    }
}
