namespace Poise.Core.Tokenizers;

/// <summary>The bytes of every token, by id, in one block; an id that was never set is empty.</summary>
sealed class TokenBytes
{
    byte[] _block;
    int _used;
    int[] _starts;
    int[] _lengths;

    public TokenBytes(int count, int bytesEach = 8)
    {
        _starts = new int[count];
        _lengths = new int[count];
        _block = new byte[Math.Max(16, (int)Math.Min((long)count * bytesEach, Array.MaxLength))];
    }

    public int Count => _starts.Length;

    public ReadOnlySpan<byte> this[int id] => _block.AsSpan(_starts[id], _lengths[id]);

    public void Set(int id, ReadOnlySpan<byte> bytes)
    {
        if (_used > Array.MaxLength - bytes.Length) throw new OverflowException("the tokens hold more than 2 GB");
        if (_used + bytes.Length > _block.Length)
            Array.Resize(ref _block, (int)Math.Min(Math.Max(2L * _block.Length, _used + bytes.Length), Array.MaxLength));
        bytes.CopyTo(_block.AsSpan(_used));
        (_starts[id], _lengths[id]) = (_used, bytes.Length);
        _used += bytes.Length;
    }

    /// <summary>Makes room for ids below <paramref name="count"/>.</summary>
    public void Grow(int count)
    {
        if (count <= Count) return;
        Array.Resize(ref _starts, count);
        Array.Resize(ref _lengths, count);
    }
}
