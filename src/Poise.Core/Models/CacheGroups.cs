using Poise.Tensors.Cache;

namespace Poise.Core.Models;

/// <summary>Layers by the positions that they keep: those with the same window share the pages of the KV cache.</summary>
sealed class CacheGroups
{
    readonly int[] _groupOf, _indexOf;
    readonly int[] _windows;

    public CacheGroups(ModelConfig config, bool half)
    {
        _groupOf = new int[config.Layers];
        _indexOf = new int[config.Layers];
        _windows = [.. Enumerable.Range(0, config.Layers).Select(config.WindowOf).Distinct().Order()];
        int[] layers = new int[_windows.Length];
        for (int layer = 0; layer < config.Layers; layer++)
        {
            int group = Array.IndexOf(_windows, config.WindowOf(layer));
            (_groupOf[layer], _indexOf[layer]) = (group, layers[group]++);
        }

        Layouts = [.. layers.Select(count => new KeyValueLayout(count, config.KeyValueHeads, config.HeadSize, half, config.ValueSize))];
    }

    public IReadOnlyList<KeyValueLayout> Layouts { get; }

    public int Count => _windows.Length;

    /// <summary>Positions that the layers of a group see, 0 for all.</summary>
    public int Window(int group) => _windows[group];

    public int GroupOf(int layer) => _groupOf[layer];

    /// <summary>Index of a layer in its group.</summary>
    public int IndexOf(int layer) => _indexOf[layer];

    /// <summary>The first position that a token at <paramref name="position"/> sees in a group.</summary>
    public int FirstVisible(int group, int position) => _windows[group] > 0 ? Math.Max(0, position - _windows[group] + 1) : 0;

    /// <summary>The most pages that a group holds at once for a sequence of <paramref name="length"/> tokens, read <paramref name="chunk"/> tokens at a time.</summary>
    public int MostPages(int group, int length, int chunk)
    {
        int all = KeyValueLayout.PagesFor(length);
        // A window and a chunk, both cut by page borders.
        return _windows[group] > 0 ? Math.Min(all, KeyValueLayout.PagesFor(_windows[group] + chunk) + 1) : all;
    }

    /// <summary>Bytes of one sequence's cache at its largest.</summary>
    public long MostBytes(int length, int chunk)
    {
        long bytes = 0;
        for (int group = 0; group < Count; group++) bytes = checked(bytes + MostPages(group, length, chunk) * Layouts[group].PageBytes);
        return bytes;
    }
}
