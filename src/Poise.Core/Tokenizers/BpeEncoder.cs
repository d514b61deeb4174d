using System.Buffers;
using Poise.Core.Tokenizers.Text;

namespace Poise.Core.Tokenizers;

/// <summary>
/// Byte pair encoding: joins the adjacent pair with the lowest rank, leftmost on ties, until none has a rank.
/// Rank form (tiktoken, SentencePiece): the rank of a pair is that of the token its bytes spell. Merge form: pairs have ranks of their own.
/// Symbols begin as bytes (byte-level) or as characters.
/// </summary>
sealed class BpeEncoder : PieceEncoder
{
    // Up to this many symbols a scan for the lowest rank is cheaper than a heap.
    const int ScanLimit = 40;

    readonly TokenTable _table;
    readonly int[]? _ranks;
    readonly MergeTable? _merges;
    readonly int[]? _byteIds;
    readonly UnknownPolicy? _unknown;

    // Whether a token's own bytes encode to that token alone: 0 not known yet, 1 yes, 2 no. Races are harmless: every thread finds the same answer.
    readonly byte[] _whole;

    /// <param name="table">The tokens that merging may make.</param>
    /// <param name="ranks">Rank of each id in rank form; null in merge form.</param>
    /// <param name="merges">The merges in merge form.</param>
    /// <param name="byteIds">Id of each single byte, for byte-level vocabularies; -1 where there is none.</param>
    /// <param name="unknown">For vocabularies of characters; null for byte-level ones.</param>
    /// <param name="wholePieces">A piece that is a token is taken without merging (tiktoken, `ignore_merges`).</param>
    /// <param name="special">Ids that only a merge may make, not the look-up of a whole piece.</param>
    public BpeEncoder(TokenTable table, int[]? ranks, MergeTable? merges, int[]? byteIds, UnknownPolicy? unknown, bool wholePieces, IEnumerable<int> special)
    {
        _table = table;
        _ranks = ranks;
        _merges = merges;
        _byteIds = byteIds;
        _unknown = unknown;
        _whole = new byte[table.Tokens.Count];
        if (wholePieces) Array.Fill(_whole, (byte)1);
        foreach (int id in special) _whole[id] = 2;
    }

    public override int Find(ReadOnlySpan<byte> bytes) => _table.Find(bytes);

    public override string Kind => _byteIds is not null ? "byte-level BPE" : "BPE over characters";

    public override void Encode(ReadOnlySpan<byte> piece, IdList ids)
    {
        int whole = _table.Find(piece);
        if (whole >= 0 && _whole[whole] == 1)
        {
            ids.Add(whole);
            return;
        }
        int before = ids.Count;
        Merge(piece, ids);
        if (whole >= 0 && _whole[whole] == 0) _whole[whole] = ids.Count == before + 1 && ids[before] == whole ? (byte)1 : (byte)2;
    }

    // Apart from the look-up above, which is all that most pieces need, so that its frame stays small.
    void Merge(ReadOnlySpan<byte> piece, IdList ids)
    {
        int[]? rented = null;
        int most = piece.Length + 1;
        Span<int> starts = most <= 64 ? stackalloc int[64] : (rented = ArrayPool<int>.Shared.Rent(2 * most)).AsSpan(0, most);
        Span<int> symbols = rented is null ? stackalloc int[64] : rented.AsSpan(most, most);
        int count = Begin(piece, starts, symbols);
        count = count <= ScanLimit ? Scan(piece, starts, symbols, count) : new BpeHeap(this).Merge(piece, starts, symbols, count);
        Emit(piece, starts, symbols, count, ids);
        if (rented is not null) ArrayPool<int>.Shared.Return(rented);
    }

    /// <summary>The rank (upper half) and id (lower half) of joining two neighbours whose bytes are <paramref name="joined"/>.</summary>
    internal ulong Pair(int left, int right, ReadOnlySpan<byte> joined)
    {
        if (_merges is not null) return _merges.Find(left, right);
        int id = _table.Find(joined);
        return id < 0 ? MergeTable.None : (ulong)(uint)_ranks![id] << 32 | (uint)id;
    }

    int Begin(ReadOnlySpan<byte> piece, Span<int> starts, Span<int> symbols)
    {
        int count = 0;
        if (_byteIds is not null)
        {
            for (; count < piece.Length; count++) (starts[count], symbols[count]) = (count, _byteIds[piece[count]]);
        }
        else
        {
            for (int at = 0; at < piece.Length; count++)
            {
                int length = Utf8Text.Length(piece[at]);
                (starts[count], symbols[count]) = (at, _table.Find(piece.Slice(at, length)));
                at += length;
            }
        }
        starts[count] = piece.Length;
        return count;
    }

    int Scan(ReadOnlySpan<byte> piece, Span<int> starts, Span<int> symbols, int count)
    {
        Span<ulong> pairs = stackalloc ulong[ScanLimit];
        for (int i = 0; i + 1 < count; i++) pairs[i] = Pair(symbols[i], symbols[i + 1], piece[starts[i]..starts[i + 2]]);
        while (count > 1)
        {
            int best = 0;
            uint lowest = uint.MaxValue;
            for (int i = 0; i < count - 1; i++)
            {
                uint rank = (uint)(pairs[i] >> 32);
                if (rank < lowest) (lowest, best) = (rank, i);
            }
            if (lowest == uint.MaxValue) break;
            symbols[best] = (int)(uint)pairs[best];
            count--;
            for (int i = best + 1; i < count; i++) (symbols[i], starts[i], pairs[i - 1]) = (symbols[i + 1], starts[i + 1], pairs[i]);
            starts[count] = piece.Length;
            if (best > 0) pairs[best - 1] = Pair(symbols[best - 1], symbols[best], piece[starts[best - 1]..starts[best + 1]]);
            if (best + 1 < count) pairs[best] = Pair(symbols[best], symbols[best + 1], piece[starts[best]..starts[best + 2]]);
        }
        return count;
    }

    void Emit(ReadOnlySpan<byte> piece, Span<int> starts, Span<int> symbols, int count, IdList ids)
    {
        bool afterUnknown = false;
        for (int i = 0; i < count; i++)
        {
            if (symbols[i] >= 0)
            {
                ids.Add(symbols[i]);
                afterUnknown = false;
            }
            else
            {
                _unknown?.Add(piece[starts[i]..starts[i + 1]], ids, ref afterUnknown);
            }
        }
    }
}
