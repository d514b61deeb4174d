using System.Buffers.Binary;
using System.Numerics;

namespace Poise.Core.Tokenizers;

/// <summary>Finds the id of a token by its bytes without making a string: open addressing over the block of <see cref="TokenBytes"/>.</summary>
sealed class TokenTable
{
    readonly TokenBytes _tokens;
    readonly ulong[] _slots; // upper half: upper half of the hash; lower half: id + 1; 0 is free
    readonly int _mask;

    public TokenTable(TokenBytes tokens, int capacity)
    {
        _tokens = tokens;
        int size = (int)BitOperations.RoundUpToPowerOf2((uint)Math.Max(16, Math.Min(capacity, 1 << 28) * 2));
        _slots = new ulong[size];
        _mask = size - 1;
    }

    /// <summary>Bytes in the longest token; nothing longer is looked up.</summary>
    public int LongestToken { get; private set; }

    public TokenBytes Tokens => _tokens;

    /// <summary>Adds a token whose bytes are set; false (and nothing is changed) where another token has the same bytes or it has none.</summary>
    public bool Add(int id)
    {
        ReadOnlySpan<byte> bytes = _tokens[id];
        if (bytes.IsEmpty || Find(bytes) >= 0) return false;
        ulong hash = Hash(bytes);
        int slot = (int)hash & _mask;
        while (_slots[slot] != 0) slot = (slot + 1) & _mask;
        _slots[slot] = (hash & 0xFFFFFFFF00000000) | (uint)(id + 1);
        LongestToken = Math.Max(LongestToken, bytes.Length);
        return true;
    }

    /// <summary>The id, or -1.</summary>
    public int Find(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length > LongestToken) return -1;
        ulong hash = Hash(bytes);
        uint upper = (uint)(hash >> 32);
        for (int slot = (int)hash & _mask; ; slot = (slot + 1) & _mask)
        {
            ulong entry = _slots[slot];
            if (entry == 0) return -1;
            if ((uint)(entry >> 32) != upper) continue;
            int id = (int)(uint)entry - 1;
            if (_tokens[id].SequenceEqual(bytes)) return id;
        }
    }

    static ulong Hash(ReadOnlySpan<byte> bytes)
    {
        const ulong Multiplier = 0x9E3779B97F4A7C15;
        ulong hash = (ulong)bytes.Length * Multiplier;
        while (bytes.Length >= 8)
        {
            hash = (hash ^ BinaryPrimitives.ReadUInt64LittleEndian(bytes)) * Multiplier;
            hash ^= hash >> 29;
            bytes = bytes[8..];
        }
        ulong tail = bytes.Length switch
        {
            0 => 0,
            >= 4 => BinaryPrimitives.ReadUInt32LittleEndian(bytes) | (ulong)BinaryPrimitives.ReadUInt32LittleEndian(bytes[^4..]) << 32,
            _ => bytes[0] | (ulong)bytes[bytes.Length >> 1] << 8 | (ulong)bytes[^1] << 16,
        };
        hash = (hash ^ tail) * Multiplier;
        hash ^= hash >> 32;
        hash *= 0xD6E8FEB86659FD93;
        return hash ^ (hash >> 29);
    }
}
