using Poise.Tensors.Kernels;

namespace Poise.Tensors.Cache;

/// <summary>
/// What one page of the KV cache holds: <see cref="Positions"/> consecutive positions for a group of layers that keep the
/// same positions (all of them, or one window). Layer by layer and head by head, keys in tiles of 16 positions
/// [tile, element, position] so that a lane is a key, then values as rows [position, padded element].
/// </summary>
public sealed class KeyValueLayout
{
    /// <summary>Positions of a page: two tiles. Smaller pages reuse prefixes more finely, larger ones are fewer.</summary>
    public const int Positions = 2 * Attention.TileKeys;

    readonly long _headBytes;

    /// <param name="layers">Layers of the group.</param>
    /// <param name="heads">KV heads of a layer.</param>
    /// <param name="half">F16, rounded to nearest even; otherwise F32.</param>
    /// <param name="valueSize">Elements of a value where it is not as wide as a key (DeepSeek's); 0 where it is.</param>
    public KeyValueLayout(int layers, int heads, int headSize, bool half, int valueSize = 0)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(layers, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(heads, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(headSize, 1);
        ArgumentOutOfRangeException.ThrowIfNegative(valueSize);
        Layers = layers;
        Heads = heads;
        HeadSize = headSize;
        ValueSize = valueSize == 0 ? headSize : valueSize;
        Half = half;
        ElementBytes = half ? 2 : 4;
        Padded = Attention.Padded(ValueSize);
        ValueOffset = checked((long)Positions * headSize * ElementBytes);
        _headBytes = checked(ValueOffset + (long)Positions * Padded * ElementBytes);
        PageBytes = checked(_headBytes * heads * layers);
    }

    public int Layers { get; }
    public int Heads { get; }

    /// <summary>Elements of a key.</summary>
    public int HeadSize { get; }

    public int ValueSize { get; }
    public bool Half { get; }
    public long PageBytes { get; }

    internal int ElementBytes { get; }

    /// <summary>Value size rounded up to whole lanes.</summary>
    internal int Padded { get; }

    /// <summary>Where a head's values begin, after its keys.</summary>
    internal long ValueOffset { get; }

    /// <summary>Where a head's keys begin in a page.</summary>
    internal long HeadOffset(int layer, int head) => ((long)layer * Heads + head) * _headBytes;

    /// <summary>Pages that hold positions 0 .. count - 1.</summary>
    public static int PagesFor(int count) => (int)(((long)count + Positions - 1) / Positions);
}
