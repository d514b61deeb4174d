using System.Numerics;

namespace Poise.Core.Tokenizers.Training;

/// <summary>Adjacent pairs of ids: how often each occurs, and in which words it may stand (it has stood in them, at least). Pairs are known by their numbers, given as they come.</summary>
sealed class PairTable
{
    Slot[] _slots = new Slot[1 << 12];
    Pair[] _pairs = new Pair[1 << 11];
    // Words of all pairs as linked lists in one block; nodes of a list that was taken are used again.
    Node[] _nodes = new Node[1 << 12];
    int _used = 1; // node 0 ends a list
    int _free;

    public int Count { get; private set; }

    public ref long Occurrences(int pair) => ref _pairs[pair].Occurrences;

    public ulong Key(int pair) => _pairs[pair].Key;

    public int Left(int pair) => (int)(_pairs[pair].Key >> 32);

    public int Right(int pair) => (int)(uint)_pairs[pair].Key;

    public int FindOrAdd(int left, int right)
    {
        ulong key = (ulong)(uint)left << 32 | (uint)right;
        int at = First(key);
        for (; _slots[at].Next != 0; at = (at + 1) & (_slots.Length - 1))
            if (_slots[at].Key == key) return _slots[at].Next - 1;
        if (Count == _pairs.Length) Array.Resize(ref _pairs, 2 * Count);
        _pairs[Count] = new Pair { Key = key };
        _slots[at] = new Slot(key, ++Count);
        if (Count > _slots.Length / 2) Grow();
        return Count - 1;
    }

    /// <summary>Notes that a pair stands in a word. Words are walked through one after another, so that it is noted once.</summary>
    public void Note(int pair, int word)
    {
        ref int first = ref _pairs[pair].Words;
        if (first != 0 && _nodes[first].Word == word) return;
        int node = _free;
        if (node != 0) _free = _nodes[node].Next;
        else
        {
            if (_used == _nodes.Length) Array.Resize(ref _nodes, checked(2 * _used));
            node = _used++;
        }
        _nodes[node] = new Node(word, first);
        first = node;
    }

    /// <summary>The words of a pair, which has none then.</summary>
    public void TakeWords(int pair, List<int> words)
    {
        words.Clear();
        int last = 0;
        for (int node = _pairs[pair].Words; node != 0; node = _nodes[node].Next)
        {
            words.Add(_nodes[node].Word);
            last = node;
        }
        if (last == 0) return;
        _nodes[last] = _nodes[last] with { Next = _free };
        _free = _pairs[pair].Words;
        _pairs[pair].Words = 0;
    }

    void Grow()
    {
        _slots = new Slot[2 * _slots.Length];
        for (int i = 0; i < Count; i++)
        {
            int at = First(_pairs[i].Key);
            while (_slots[at].Next != 0) at = (at + 1) & (_slots.Length - 1);
            _slots[at] = new Slot(_pairs[i].Key, i + 1);
        }
    }

    int First(ulong key) => (int)(key * 0x9E3779B97F4A7C15 >> (64 - BitOperations.Log2((uint)_slots.Length)));

    /// <param name="Next">The number of the pair, plus one; 0 is free.</param>
    readonly record struct Slot(ulong Key, int Next);

    readonly record struct Node(int Word, int Next);

    struct Pair
    {
        public ulong Key;
        public long Occurrences;
        public int Words;
    }
}
