namespace Poise.Core.Models;

/// <summary>Some of the layers. Equal when the layers are.</summary>
public sealed class LayerSet(IEnumerable<int> layers) : IEquatable<LayerSet>
{
    readonly int[] _layers = [.. layers.Distinct().Order()];

    public bool Contains(int layer) => Array.BinarySearch(_layers, layer) >= 0;

    public bool Equals(LayerSet? other) => other is not null && _layers.AsSpan().SequenceEqual(other._layers);

    public override bool Equals(object? obj) => Equals(obj as LayerSet);

    public override int GetHashCode()
    {
        var hash = new HashCode();
        foreach (int layer in _layers) hash.Add(layer);
        return hash.ToHashCode();
    }

    public override string ToString() => string.Join(' ', _layers);
}
