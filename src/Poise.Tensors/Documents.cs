namespace Poise.Tensors;

/// <summary>Where the vectors and the tiles of every document and key-value head lie in the packed arrays of <see cref="DocumentAttention"/>.</summary>
sealed class Documents
{
    readonly int[] _starts;
    readonly int _rows;
    readonly Dictionary<int, long[]> _tiles = [];

    public Documents(AttentionShape shape, ReadOnlySpan<int> starts, int rows)
    {
        (_starts, _rows, Heads) = (starts.ToArray(), rows, shape.KeyValueHeads);
        if (_starts.Length == 0 || _starts[0] != 0) throw new ArgumentException("The first document does not start at row 0.");
        for (int d = 0; d < Count; d++)
        {
            if (Length(d) < 1) throw new ArgumentException("The starts of the documents do not ascend.");
            Longest = Math.Max(Longest, Length(d));
        }

        foreach (int group in (int[])[1, shape.Group])
        {
            long[] tiles = new long[Count + 1];
            for (int d = 0; d < Count; d++) tiles[d + 1] = tiles[d] + ((long)Length(d) * group + 15) / 16;
            _tiles[group] = tiles;
        }
    }

    public int Count => _starts.Length;

    public int Heads { get; }

    public int Longest { get; }

    public int First(int document) => _starts[document];

    public int Length(int document) => (document + 1 < Count ? _starts[document + 1] : _rows) - _starts[document];

    /// <summary>The first vector of a document where every position has <paramref name="group"/> of them.</summary>
    public long Vector(int document, int head, int group) => ((long)head * _rows + _starts[document]) * group;

    public long Tile(int document, int head, int group) => head * _tiles[group][Count] + _tiles[group][document];

    public long Tiles(int group) => Heads * _tiles[group][Count];
}
