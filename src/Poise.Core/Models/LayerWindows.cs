namespace Poise.Core.Models;

/// <summary>The sliding window of each layer in tokens, 0 where a layer sees all. Equal when all windows are.</summary>
public sealed class LayerWindows : IEquatable<LayerWindows>
{
    readonly int[] _windows;

    public LayerWindows(IEnumerable<int> windows) => _windows = [.. windows];

    public int Count => _windows.Length;

    public int this[int layer] => _windows[layer];

    /// <summary>Layers 0, 2, 4, … see <paramref name="window"/> tokens, the others all.</summary>
    public static LayerWindows Alternating(int layers, int window) => new(Enumerable.Range(0, layers).Select(layer => layer % 2 == 0 ? window : 0));

    public bool Equals(LayerWindows? other) => other is not null && _windows.AsSpan().SequenceEqual(other._windows);

    public override bool Equals(object? obj) => Equals(obj as LayerWindows);

    public override int GetHashCode()
    {
        var hash = new HashCode();
        foreach (int window in _windows) hash.Add(window);
        return hash.ToHashCode();
    }

    public override string ToString() => string.Join(' ', _windows);
}
