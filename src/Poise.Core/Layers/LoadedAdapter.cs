using Poise.Tensors;
using Poise.Tensors.Matrices;

namespace Poise.Core.Layers;

/// <summary>
/// An adapter as one loaded model applies it, to the sequences that are given it. Any number of them may be loaded at once;
/// each must outlive its sequences.
/// </summary>
public sealed class LoadedAdapter : IDisposable
{
    internal LoadedAdapter(string name, object model, IReadOnlyList<string> notes) => (Name, Model, Notes) = (name, model, notes);

    public string Name { get; }

    /// <summary>What people should know before they trust its results: assumptions of the reader, a base that differs.</summary>
    public IReadOnlyList<string> Notes { get; }

    /// <summary>The model that it was loaded for.</summary>
    internal object Model { get; }

    internal Dictionary<WeightMatrix, RowChange> Matrices { get; } = [];

    internal Dictionary<Embedding, TableChange> Tables { get; } = [];

    /// <summary>Weights and biases of norms by those that they replace.</summary>
    internal Dictionary<float[], float[]> Vectors { get; } = new(ReferenceEqualityComparer.Instance as IEqualityComparer<float[]>);

    /// <summary>What it was made of, and now holds.</summary>
    internal IDisposable? Owned { get; init; }

    public void Dispose()
    {
        Owned?.Dispose();
        foreach (RowChange change in Matrices.Values) change.Dispose();
    }
}
