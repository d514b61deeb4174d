using System.Text;
using Poise.Tensors;

namespace Poise.Core.Tokenizers;

/// <summary>Collects a byte-level vocabulary whose tokens and merges are written in <see cref="ByteAlphabet"/>, and builds its encoder in merge form.</summary>
sealed class ByteLevelVocabulary(string file, int count)
{
    readonly TokenBytes _bytes = new(count);
    readonly List<int> _others = [];
    TokenTable _table = null!;
    byte[] _work = new byte[256];

    public TokenBytes Bytes => _bytes;

    /// <summary>The bytes of a spelling; a spelling outside of the alphabet (as added tokens may have) stands for itself.</summary>
    public static byte[] Spelling(string token)
    {
        var bytes = new byte[token.Length];
        return ByteAlphabet.TryDecode(token, bytes, out int length) ? bytes[..length] : Encoding.UTF8.GetBytes(token);
    }

    /// <param name="ordinary">Not a special or added token: text may become it whole.</param>
    public void Add(int id, ReadOnlySpan<char> spelling, bool ordinary)
    {
        if (_work.Length < 3 * spelling.Length) _work = new byte[3 * spelling.Length];
        if (!ByteAlphabet.TryDecode(spelling, _work, out int length)) length = Encoding.UTF8.GetBytes(spelling, _work);
        Set(id, _work.AsSpan(0, length), ordinary);
    }

    public void Add(int id, ReadOnlySpan<byte> spelling, bool ordinary)
    {
        if (_work.Length < spelling.Length) _work = new byte[spelling.Length];
        if (ByteAlphabet.TryDecode(spelling, _work, out int length)) Set(id, _work.AsSpan(0, length), ordinary);
        else Set(id, spelling, ordinary);
    }

    void Set(int id, ReadOnlySpan<byte> bytes, bool ordinary)
    {
        _table ??= new TokenTable(_bytes, count);
        _bytes.Set(id, bytes);
        if (ordinary) _table.Add(id);
        else _others.Add(id);
    }

    public BpeEncoder Build(string[] merges, bool wholePieces, string field)
    {
        var table = Begin(merges.Length);
        for (int rank = 0; rank < merges.Length; rank++)
        {
            string merge = merges[rank];
            int space = merge.Length > 1 ? merge.IndexOf(' ', 1) : -1;
            if (space < 0) throw new ModelFileException(file, field, $"merge {rank} is not two tokens with a space between");
            if (_work.Length < merge.Length) _work = new byte[merge.Length];
            if (!ByteAlphabet.TryDecode(merge.AsSpan(0, space), _work, out int left) || !ByteAlphabet.TryDecode(merge.AsSpan(space + 1), _work.AsSpan(left), out int right))
                throw new ModelFileException(file, field, $"merge {rank} holds a character that stands for no byte");
            AddMerge(table, rank, left, left + right, field);
        }
        return Finish(table, wholePieces);
    }

    public BpeEncoder Build(MergeList merges, bool wholePieces, string field)
    {
        var table = Begin(merges.Count);
        for (int rank = 0; rank < merges.Count; rank++)
        {
            ReadOnlySpan<byte> first = merges.Left(rank), second = merges.Right(rank);
            if (_work.Length < first.Length + second.Length) _work = new byte[first.Length + second.Length];
            if (!ByteAlphabet.TryDecode(first, _work, out int left) || !ByteAlphabet.TryDecode(second, _work.AsSpan(left), out int right))
                throw new ModelFileException(file, field, $"merge {rank} holds a character that stands for no byte");
            AddMerge(table, rank, left, left + right, field);
        }
        return Finish(table, wholePieces);
    }

    MergeTable Begin(int merges)
    {
        _table ??= new TokenTable(_bytes, count);
        foreach (int id in _others) _table.Add(id);
        return new MergeTable(merges);
    }

    void AddMerge(MergeTable table, int rank, int left, int length, string field)
    {
        ReadOnlySpan<byte> whole = _work.AsSpan(0, length);
        int leftId = _table.Find(whole[..left]), rightId = _table.Find(whole[left..]), merged = _table.Find(whole);
        if ((leftId | rightId | merged) < 0)
            throw new ModelFileException(file, field, $"merge {rank} joins or makes \"{ByteAlphabet.Encode(whole)}\", whose parts or whole are not in the vocabulary");
        table.Add(leftId, rightId, rank, merged);
    }

    BpeEncoder Finish(MergeTable merges, bool wholePieces)
    {
        var byteIds = new int[256];
        for (int b = 0; b < 256; b++) byteIds[b] = _table.Find([(byte)b]);
        return new BpeEncoder(_table, null, merges, byteIds, null, wholePieces, _others);
    }
}
