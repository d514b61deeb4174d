using Poise.Tensors.Kernels;
using Poise.Tensors.Quantization;

namespace Poise.Tensors.Cache;

/// <summary>
/// The pages of one sequence in one group of layers, by page index = position / 32. Groups with a window forget the pages
/// that lie wholly before it.
/// </summary>
public sealed unsafe class KeyValueTable : IDisposable
{
    readonly KeyValuePagePool _pool;
    readonly int _group;
    KeyValuePage?[] _pages = new KeyValuePage?[4];
    nint[] _pointers = new nint[4];
    int _first, _end;

    public KeyValueTable(KeyValuePagePool pool, int group)
    {
        _pool = pool;
        _group = group;
        Layout = pool.Layouts[group];
    }

    public KeyValueLayout Layout { get; }

    /// <summary>Pages held: first .. end - 1.</summary>
    public int FirstPage => _first;

    public int EndPage => _end;

    public int Held => _end - _first;

    public KeyValuePage Page(int index) => index >= _first && index < _end ? _pages[index]! : throw new ArgumentOutOfRangeException(nameof(index));

    /// <summary>Takes pages so that positions up to <paramref name="positions"/> - 1 can be written; false when the pool ran out of them.</summary>
    public bool TryExtend(int positions)
    {
        for (int pages = KeyValueLayout.PagesFor(positions); _end < pages;)
        {
            if (_pool.TryTake(_group) is not { } page) return false;
            Append(page);
        }

        return true;
    }

    /// <summary>Begins with full pages of another sequence that had the same tokens: <paramref name="first"/> .. first + count - 1.</summary>
    public void Adopt(int first, IReadOnlyList<KeyValuePage> pages)
    {
        if (_end != 0) throw new InvalidOperationException("Only an empty table can adopt pages.");
        _first = _end = first;
        foreach (KeyValuePage page in pages)
        {
            if (page.Group != _group) throw new ArgumentException("A page of another group.", nameof(pages));
            _pool.Hold(page);
            Append(page);
        }
    }

    /// <summary>Holds another page with the same content in place of its own.</summary>
    public void Replace(int index, KeyValuePage page)
    {
        KeyValuePage own = Page(index);
        if (own == page) return;
        if (page.Group != _group) throw new ArgumentException("A page of another group.", nameof(page));
        _pool.Hold(page);
        _pages[index] = page;
        _pointers[index] = (nint)page.Buffer.Pointer;
        _pool.Release(own);
    }

    /// <summary>Releases the pages that lie wholly before a position.</summary>
    public void Forget(int position)
    {
        for (int page = position / KeyValueLayout.Positions; _first < Math.Min(page, _end); _first++)
        {
            _pool.Release(_pages[_first]!);
            _pages[_first] = null;
            _pointers[_first] = 0;
        }
    }

    /// <summary>Releases the pages that no position before <paramref name="positions"/> needs.</summary>
    public void Trim(int positions)
    {
        for (int pages = Math.Max(_first, KeyValueLayout.PagesFor(positions)); _end > pages;)
        {
            _pool.Release(_pages[--_end]!);
            _pages[_end] = null;
            _pointers[_end] = 0;
        }
    }

    public void Dispose() => Forget(int.MaxValue);

    /// <summary>Pointers by page index; valid from <see cref="FirstPage"/> to <see cref="EndPage"/>.</summary>
    internal nint[] Pointers => _pointers;

    internal bool Holds(int first, int last) => first / KeyValueLayout.Positions >= _first && last / KeyValueLayout.Positions < _end;

    /// <summary>Stores one head's key and value at a position.</summary>
    internal void Put(int layer, int head, int position, float* key, float* value)
    {
        int size = Layout.HeadSize, at = position % KeyValueLayout.Positions, tile = at / Attention.TileKeys, lane = at % Attention.TileKeys;
        byte* start = (byte*)_pointers[position / KeyValueLayout.Positions] + Layout.HeadOffset(layer, head);
        long keyStart = (long)tile * size * Attention.TileKeys + lane, valueStart = (long)at * Layout.Padded;
        if (Layout.Half)
        {
            ushort* keys = (ushort*)start + keyStart, values = (ushort*)(start + Layout.ValueOffset) + valueStart;
            for (int d = 0; d < size; d++) keys[d * Attention.TileKeys] = HalfConversion.SingleToHalf(key[d]);
            for (int d = 0; d < Layout.ValueSize; d++) values[d] = HalfConversion.SingleToHalf(value[d]);
        }
        else
        {
            float* keys = (float*)start + keyStart, values = (float*)(start + Layout.ValueOffset) + valueStart;
            for (int d = 0; d < size; d++) keys[d * Attention.TileKeys] = key[d];
            for (int d = 0; d < Layout.ValueSize; d++) values[d] = value[d];
        }
    }

    void Append(KeyValuePage page)
    {
        if (_end >= _pages.Length)
        {
            Array.Resize(ref _pages, 2 * (_end + 1));
            Array.Resize(ref _pointers, 2 * (_end + 1));
        }

        _pages[_end] = page;
        _pointers[_end++] = (nint)page.Buffer.Pointer;
    }
}
