using Poise.Tensors.Matrices;

namespace Poise.Core.Layers;

/// <summary>A table [vocabulary, hidden] of which rows are decoded as they are needed; it stays in the mapped file.</summary>
public sealed class Embedding(MatrixSource source)
{
    public MatrixSource Source { get; } = source;

    /// <summary>The row of a token as F32, as an adapter has it. <paramref name="values"/> [hidden].</summary>
    public void Lookup(int token, LoadedAdapter? adapter, Span<float> values)
    {
        Source.DecodeRow(token, values);
        adapter?.Tables.GetValueOrDefault(this)?.Apply(token, values);
    }
}
