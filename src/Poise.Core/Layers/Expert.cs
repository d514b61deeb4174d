using Poise.Tensors.Matrices;

namespace Poise.Core.Layers;

/// <summary>One expert of a mixture.</summary>
/// <param name="Streamed">What keeps its matrices in memory where they do not all fit; else null.</param>
public sealed record Expert(Linear Gate, Linear Up, Linear Down, StreamedMatrices? Streamed) : IDisposable
{
    public void Dispose()
    {
        Gate.Dispose();
        Up.Dispose();
        Down.Dispose();
    }
}

/// <summary>The experts of one layer and who chooses among them.</summary>
/// <param name="Norm">Of what enters router and experts.</param>
public sealed record ExpertLayer(float[] Norm, Linear Router, ExpertChoice Choose, Expert[] Experts) : IDisposable
{
    public void Dispose()
    {
        Router.Dispose();
        foreach (Expert expert in Experts) expert.Dispose();
    }
}
