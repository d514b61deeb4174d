using Poise.Tensors.Kernels;
using Poise.Tensors.Quantization;

namespace Poise.Tensors;

/// <summary>
/// Keys and values of one layer for one sequence. A windowed layer is a ring that holds the window, not the context.
/// Keys lie in tiles of 16 positions [tile, element, position], so that a lane is a key; values as rows.
/// </summary>
public sealed unsafe class KeyValueCache : IDisposable
{
    readonly NativeBuffer _keys, _values;
    readonly int _padded, _element;

    /// <param name="capacity">Positions to hold: the context, or the window where that is smaller.</param>
    /// <param name="half">F16, rounded to nearest even; otherwise F32.</param>
    public KeyValueCache(int heads, int headSize, int capacity, bool half)
    {
        Heads = heads;
        HeadSize = headSize;
        Half = half;
        Slots = checked((capacity + Attention.TileKeys - 1) / Attention.TileKeys * Attention.TileKeys);
        _padded = Attention.Padded(headSize);
        _element = half ? 2 : 4;
        _keys = new NativeBuffer(checked((long)Slots * heads * headSize * _element + 64), cleared: true); // lanes not yet written must hold numbers
        _values = new NativeBuffer(checked((long)Slots * heads * _padded * _element + 64), cleared: true);
    }

    public int Heads { get; }
    public int HeadSize { get; }
    public int Slots { get; }
    public bool Half { get; }
    public long Bytes => _keys.Length + _values.Length;

    internal byte* Keys(int head) => _keys.Pointer + (long)head * Slots * HeadSize * _element;

    internal byte* Values(int head) => _values.Pointer + (long)head * Slots * _padded * _element;

    /// <summary>Stores one head's key and value at a position.</summary>
    internal void Put(int head, int position, float* key, float* value)
    {
        int slot = position % Slots, tile = slot / Attention.TileKeys, lane = slot % Attention.TileKeys;
        long keyStart = (long)tile * HeadSize * Attention.TileKeys + lane, valueStart = (long)slot * _padded;
        if (Half)
        {
            ushort* keys = (ushort*)Keys(head) + keyStart, values = (ushort*)Values(head) + valueStart;
            for (int d = 0; d < HeadSize; d++)
            {
                keys[d * Attention.TileKeys] = HalfConversion.SingleToHalf(key[d]);
                values[d] = HalfConversion.SingleToHalf(value[d]);
            }
        }
        else
        {
            float* keys = (float*)Keys(head) + keyStart, values = (float*)Values(head) + valueStart;
            for (int d = 0; d < HeadSize; d++)
            {
                keys[d * Attention.TileKeys] = key[d];
                values[d] = value[d];
            }
        }
    }

    public void Dispose()
    {
        _keys.Dispose();
        _values.Dispose();
    }
}
