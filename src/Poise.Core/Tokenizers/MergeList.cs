namespace Poise.Core.Tokenizers;

/// <summary>Merges as they stand in a file, in UTF-8, in one block.</summary>
sealed class MergeList
{
    readonly List<(int Start, int Middle, int End)> _merges = [];
    byte[] _block = new byte[1 << 16];
    int _used;

    public int Count => _merges.Count;

    public ReadOnlySpan<byte> Left(int index) => _block.AsSpan(_merges[index].Start, _merges[index].Middle - _merges[index].Start);

    public ReadOnlySpan<byte> Right(int index) => _block.AsSpan(_merges[index].Middle, _merges[index].End - _merges[index].Middle);

    public void Add(ReadOnlySpan<byte> left, ReadOnlySpan<byte> right)
    {
        int length = left.Length + right.Length;
        if (_used + length > _block.Length) Array.Resize(ref _block, Math.Max(2 * _block.Length, _used + length));
        left.CopyTo(_block.AsSpan(_used));
        right.CopyTo(_block.AsSpan(_used + left.Length));
        _merges.Add((_used, _used + left.Length, _used + length));
        _used += length;
    }

    /// <summary>Adds "a b", cut at the first space that is not the first character; false where there is none.</summary>
    public bool TryAdd(ReadOnlySpan<byte> line)
    {
        int space = line.Length > 1 ? line[1..].IndexOf((byte)' ') + 1 : 0;
        if (space <= 0 || space == line.Length - 1) return false;
        Add(line[..space], line[(space + 1)..]);
        return true;
    }
}
