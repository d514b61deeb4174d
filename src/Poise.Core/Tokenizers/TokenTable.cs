using System.Buffers.Binary;
using System.Numerics;

namespace Poise.Core.Tokenizers;

/// <summary>
/// Finds the id of a token by its bytes without making a string: open addressing. The key of up to seven bytes is the bytes themselves,
/// so most look-ups touch one slot and nothing else; longer ones have a hash for a key and are compared with <see cref="TokenBytes"/>.
/// </summary>
sealed class TokenTable
{
    const ulong Multiplier = 0x9E3779B97F4A7C15;

    readonly TokenBytes _tokens;
    readonly Slot[] _slots;
    readonly int _shift;

    public TokenTable(TokenBytes tokens, int capacity)
    {
        _tokens = tokens;
        uint size = BitOperations.RoundUpToPowerOf2((uint)Math.Max(16, Math.Min(capacity, 1 << 28) * 2));
        _slots = new Slot[size];
        _shift = 64 - BitOperations.Log2(size);
    }

    /// <summary>Bytes in the longest token; nothing longer is looked up.</summary>
    public int LongestToken { get; private set; }

    public TokenBytes Tokens => _tokens;

    /// <summary>Adds a token whose bytes are set; false (and nothing is changed) where another token has the same bytes or it has none.</summary>
    public bool Add(int id)
    {
        ReadOnlySpan<byte> bytes = _tokens[id];
        LongestToken = Math.Max(LongestToken, bytes.Length);
        if (bytes.IsEmpty || Find(bytes) >= 0) return false;
        ulong key = Key(bytes);
        int slot = First(key);
        while (_slots[slot].Key != 0) slot = (slot + 1) & (_slots.Length - 1);
        _slots[slot] = new Slot(key, id);
        return true;
    }

    /// <summary>The id, or -1.</summary>
    public int Find(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length > LongestToken || bytes.IsEmpty) return -1;
        ulong key = Key(bytes);
        Slot[] slots = _slots;
        for (int slot = First(key); (uint)slot < (uint)slots.Length; slot = (slot + 1) & (slots.Length - 1))
        {
            ref readonly Slot entry = ref slots[slot];
            if (entry.Key == key && ((long)key > 0 || _tokens[entry.Id].SequenceEqual(bytes))) return entry.Id;
            if (entry.Key == 0) break;
        }
        return -1;
    }

    int First(ulong key) => (int)((key ^ key >> 32) * Multiplier >> _shift);

    /// <summary>Never 0, which marks a free slot: the top byte is the length up to seven, and has its top bit set beyond.</summary>
    static ulong Key(ReadOnlySpan<byte> bytes)
    {
        int length = bytes.Length;
        if (length < 4)
        {
            int middle = length >> 1;
            return (ulong)length << 56 | bytes[0] | (ulong)bytes[middle] << 8 * middle | (ulong)bytes[^1] << 8 * (length - 1);
        }
        if (length < 8)
            return (ulong)length << 56 | BinaryPrimitives.ReadUInt32LittleEndian(bytes) | (ulong)BinaryPrimitives.ReadUInt32LittleEndian(bytes[(length - 4)..]) << 8 * (length - 4);
        ulong hash = (ulong)length * Multiplier;
        ulong tail = BinaryPrimitives.ReadUInt64LittleEndian(bytes[(length - 8)..]);
        for (; bytes.Length > 8; bytes = bytes[8..])
        {
            hash = (hash ^ BinaryPrimitives.ReadUInt64LittleEndian(bytes)) * Multiplier;
            hash ^= hash >> 29;
        }
        hash = (hash ^ tail) * 0xD6E8FEB86659FD93;
        return hash ^ hash >> 32 | 1UL << 63;
    }

    readonly record struct Slot(ulong Key, int Id);
}
