using System.Buffers;

namespace Poise.Core.Tokenizers;

/// <summary>A growing list of ids in a pooled array.</summary>
sealed class IdList(int capacity) : IDisposable
{
    int[] _ids = ArrayPool<int>.Shared.Rent(Math.Max(16, capacity));

    public int Count { get; private set; }

    public int this[int index] => _ids[index];

    public void Add(int id)
    {
        if (Count == _ids.Length) Grow();
        _ids[Count++] = id;
    }

    public void Truncate(int count) => Count = count;

    public int[] ToArray() => _ids.AsSpan(0, Count).ToArray();

    public void Dispose()
    {
        ArrayPool<int>.Shared.Return(_ids);
        _ids = [];
        Count = 0;
    }

    void Grow()
    {
        int[] larger = ArrayPool<int>.Shared.Rent(2 * _ids.Length);
        _ids.AsSpan(0, Count).CopyTo(larger);
        ArrayPool<int>.Shared.Return(_ids);
        _ids = larger;
    }
}
