using System.Text;

namespace Poise.Core.Tokenizers.Training;

/// <summary>Texts in UTF-8, one after another in one block: what one thread counts at a time.</summary>
sealed class TextBatch
{
    /// <summary>A batch that holds so many bytes is full.</summary>
    public const int Full = 1 << 20;

    readonly List<int> _ends = [];
    byte[] _block;

    public TextBatch(int capacity = Full) => _block = new byte[Math.Max(16, capacity)];

    public int Count => _ends.Count;

    public int Bytes { get; private set; }

    public ReadOnlySpan<byte> this[int index] => _block.AsSpan((index == 0 ? 0 : _ends[index - 1]).._ends[index]);

    /// <param name="text">Well-formed UTF-8; an empty one leaves no trace.</param>
    public void Add(ReadOnlySpan<byte> text)
    {
        if (text.IsEmpty) return;
        text.CopyTo(Room(text.Length));
        End(text.Length);
    }

    public void Add(string text)
    {
        if (text.Length == 0) return;
        int length = Encoding.UTF8.GetByteCount(text);
        Encoding.UTF8.GetBytes(text, Room(length));
        End(length);
    }

    Span<byte> Room(int length)
    {
        int needed = checked(Bytes + length);
        if (needed > _block.Length) Array.Resize(ref _block, (int)Math.Min(Math.Max(2L * _block.Length, needed), Array.MaxLength));
        return _block.AsSpan(Bytes);
    }

    void End(int length)
    {
        Bytes += length;
        _ends.Add(Bytes);
    }
}
