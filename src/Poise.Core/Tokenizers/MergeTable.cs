using System.Numerics;

namespace Poise.Core.Tokenizers;

/// <summary>From a pair of ids to the rank of their merge and the id they become.</summary>
sealed class MergeTable
{
    public const ulong None = ulong.MaxValue;

    readonly ulong[] _keys; // left and right id, plus one; 0 is free
    readonly ulong[] _values; // rank in the upper half, id in the lower
    readonly int _mask;

    public MergeTable(int capacity)
    {
        int size = (int)BitOperations.RoundUpToPowerOf2((uint)Math.Max(16, Math.Min(capacity, 1 << 28) * 2));
        _keys = new ulong[size];
        _values = new ulong[size];
        _mask = size - 1;
    }

    /// <summary>Of two merges of the same pair the first counts.</summary>
    public void Add(int left, int right, int rank, int merged)
    {
        ulong key = Key(left, right);
        int slot = Slot(key);
        if (_keys[slot] == key) return;
        _keys[slot] = key;
        _values[slot] = (ulong)(uint)rank << 32 | (uint)merged;
    }

    public ulong Find(int left, int right)
    {
        if ((left | right) < 0) return None;
        ulong key = Key(left, right);
        int slot = Slot(key);
        return _keys[slot] == key ? _values[slot] : None;
    }

    int Slot(ulong key)
    {
        ulong hash = key * 0x9E3779B97F4A7C15;
        hash ^= hash >> 32;
        int slot = (int)hash & _mask;
        while (_keys[slot] != 0 && _keys[slot] != key) slot = (slot + 1) & _mask;
        return slot;
    }

    static ulong Key(int left, int right) => ((ulong)(uint)left << 32 | (uint)right) + 1;
}
