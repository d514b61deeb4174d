using System.Buffers.Binary;
using Poise.Tensors;

namespace Poise.Core.Tokenizers.Training;

/// <summary>How often each distinct piece of text occurs: open addressing over bytes in one block.</summary>
sealed class PieceCounts
{
    /// <summary>Of distinct pieces, in bytes. Training holds some 20 bytes for each of them.</summary>
    const int MostBytes = 1 << 30;

    const ulong Multiplier = 0x9E3779B97F4A7C15;

    int[] _slots = new int[1 << 12]; // index of an entry, plus one; 0 is free
    Entry[] _entries = new Entry[1 << 11];
    byte[] _block = new byte[1 << 14];
    int _used;

    public int Count { get; private set; }

    public ReadOnlySpan<byte> Piece(int index) => _block.AsSpan(_entries[index].Start, _entries[index].Length);

    public long Occurrences(int index) => _entries[index].Occurrences;

    public void Add(ReadOnlySpan<byte> piece, long occurrences = 1)
    {
        ulong hash = Hash(piece);
        int slot = (int)hash & (_slots.Length - 1);
        for (; _slots[slot] != 0; slot = (slot + 1) & (_slots.Length - 1))
        {
            ref Entry entry = ref _entries[_slots[slot] - 1];
            if (entry.Hash != hash || entry.Length != piece.Length || !_block.AsSpan(entry.Start, entry.Length).SequenceEqual(piece)) continue;
            entry.Occurrences += occurrences;
            return;
        }
        if (piece.Length > MostBytes - _used)
            throw new PoiseException($"The texts hold more than {MostBytes >> 20} MiB of different words: train on a part of them; a vocabulary needs no more.");
        if (_used + piece.Length > _block.Length) Array.Resize(ref _block, Math.Max(2 * _block.Length, _used + piece.Length));
        if (Count == _entries.Length) Array.Resize(ref _entries, 2 * Count);
        piece.CopyTo(_block.AsSpan(_used));
        _entries[Count] = new Entry { Hash = hash, Start = _used, Length = piece.Length, Occurrences = occurrences };
        _used += piece.Length;
        _slots[slot] = ++Count;
        if (Count > _slots.Length / 2) Grow();
    }

    public void Add(PieceCounts others)
    {
        for (int i = 0; i < others.Count; i++) Add(others.Piece(i), others.Occurrences(i));
    }

    void Grow()
    {
        _slots = new int[2 * _slots.Length];
        for (int i = 0; i < Count; i++)
        {
            int slot = (int)_entries[i].Hash & (_slots.Length - 1);
            while (_slots[slot] != 0) slot = (slot + 1) & (_slots.Length - 1);
            _slots[slot] = i + 1;
        }
    }

    static ulong Hash(ReadOnlySpan<byte> bytes)
    {
        ulong hash = (ulong)bytes.Length * Multiplier;
        for (; bytes.Length >= 8; bytes = bytes[8..]) hash = Mix(hash ^ BinaryPrimitives.ReadUInt64LittleEndian(bytes));
        ulong rest = 0;
        for (int i = 0; i < bytes.Length; i++) rest |= (ulong)bytes[i] << 8 * i;
        return Mix(hash ^ rest);
    }

    static ulong Mix(ulong value)
    {
        value *= Multiplier;
        return value ^ value >> 32;
    }

    struct Entry
    {
        public ulong Hash;
        public long Occurrences;
        public int Start;
        public int Length;
    }
}
