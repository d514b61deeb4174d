using Poise.Tensors.Kernels;
using Poise.Tensors.Threading;

namespace Poise.Tensors.Matrices;

/// <summary>
/// The rows that enter a matrix product, in tiles of up to 32; rows of different experts never share a tile. Quantised once,
/// used by every matrix that reads them. Buffers are reused from step to step.
/// </summary>
public sealed unsafe class ActivationBatch : IDisposable
{
    readonly List<(int First, int Count)> _tiles = [];
    NativeBuffer _pointers = new(0), _codes = new(0), _pairs = new(0), _scales = new(0), _halfScales = new(0), _sums = new(0), _totals = new(0), _starts = new(0), _panels = new(0);
    int[] _firstPanel = [];
    int _rowsOfTile;

    public int Columns { get; private set; }

    public int Rows { get; private set; }

    public int Tiles => _tiles.Count;

    internal float* Row(int row) => ((float**)_pointers.Pointer)[row];

    internal (int First, int Count) TileRows(int tile) => _tiles[tile];

    public void Begin(int columns, int capacity)
    {
        Columns = columns;
        Rows = 0;
        _tiles.Clear();
        _rowsOfTile = 0;
        Reserve(ref _pointers, (long)capacity * sizeof(float*));
    }

    /// <summary>Appends a row of <paramref name="x"/>, which must keep its place until the product has run.</summary>
    public void Add(FloatRows x, int row)
    {
        if (row < 0 || row >= x.Rows || x.Columns != Columns || Rows >= _pointers.Length / sizeof(float*)) throw new ArgumentOutOfRangeException(nameof(row));
        Add(x.RowPointer(row));
    }

    void Add(float* row)
    {
        if (_rowsOfTile == QuantizedTile.MaxRows) EndTile();
        ((float**)_pointers.Pointer)[Rows++] = row;
        _rowsOfTile++;
    }

    /// <summary>Closes the current tile; returns the number of tiles so far.</summary>
    public int EndTile()
    {
        if (_rowsOfTile > 0) _tiles.Add((Rows - _rowsOfTile, _rowsOfTile));
        _rowsOfTile = 0;
        return _tiles.Count;
    }

    /// <summary>All rows of an array.</summary>
    public ActivationBatch Set(FloatRows x)
    {
        Begin(x.Columns, x.Rows);
        for (int t = 0; t < x.Rows; t++) Add(x.RowPointer(t));
        EndTile();
        return this;
    }

    /// <summary>Makes the 8-bit form. Columns must be a multiple of 32.</summary>
    internal void Quantize(ComputePool pool)
    {
        long blocks = (long)Rows * (Columns / QuantizedTile.BlockSize);
        Reserve(ref _codes, blocks * 32);
        Reserve(ref _pairs, blocks * 64);
        Reserve(ref _scales, blocks * 4);
        Reserve(ref _halfScales, blocks * 4);
        Reserve(ref _sums, blocks * 8);
        Reserve(ref _totals, blocks * 4);
        Reserve(ref _starts, blocks * 4);
        pool.For(_tiles.Count, 1, (start, end, _) =>
        {
            for (int i = start; i < end; i++) Quantize8.Tile((float**)_pointers.Pointer + _tiles[i].First, Columns, Tile(i));
        });
    }

    /// <summary>Makes the panels of <see cref="FloatTile"/>, for the tiles that are multiplied so.</summary>
    /// <param name="all">For tiles of few rows too.</param>
    internal void PackPanels(ComputePool pool, bool all = false)
    {
        if (_firstPanel.Length <= _tiles.Count) _firstPanel = new int[_tiles.Count * 2 + 1];
        int panels = 0;
        for (int i = 0; i < _tiles.Count; i++)
        {
            _firstPanel[i] = panels;
            if (all || _tiles[i].Count > FloatGroup.FewRows) panels += (_tiles[i].Count + FloatTile.Rows - 1) / FloatTile.Rows;
        }

        _firstPanel[_tiles.Count] = panels;
        if (panels == 0) return;
        Reserve(ref _panels, new FloatBlocks(Columns).Bytes(panels));
        pool.For(_tiles.Count, 1, (start, end, _) =>
        {
            for (int i = start; i < end; i++)
            {
                if (_firstPanel[i] < _firstPanel[i + 1]) FloatGroup.PackTile(this, i);
            }
        });
    }

    /// <summary>Whether all of some tiles have panels.</summary>
    internal bool HasPanels(int firstTile, int tileCount)
    {
        for (int i = firstTile; i < firstTile + tileCount; i++)
            if (_firstPanel[i] == _firstPanel[i + 1]) return false;
        return true;
    }

    /// <summary>The panels of a tile's rows, for one block of columns.</summary>
    internal float* Panel(int tile, int block) =>
        _panels.Floats + ((long)block * _firstPanel[_tiles.Count] + _firstPanel[tile]) * new FloatBlocks(Columns).PanelFloats;

    internal QuantizedTile Tile(int tile)
    {
        (int first, int count) = _tiles[tile];
        long block = (long)first * (Columns / QuantizedTile.BlockSize);
        return new QuantizedTile
        {
            Rows = count,
            Codes = (sbyte*)_codes.Pointer + block * 32,
            Pairs = (int*)_pairs.Pointer + block * 16,
            Scales = (float*)_scales.Pointer + block,
            HalfScales = (float*)_halfScales.Pointer + block,
            Sums = (int*)_sums.Pointer + block * 2,
            Totals = (int*)_totals.Pointer + block,
            MxStart = (int*)_starts.Pointer + block,
        };
    }

    static void Reserve(ref NativeBuffer buffer, long bytes)
    {
        if (buffer.Length >= bytes) return;
        buffer.Dispose();
        buffer = new NativeBuffer(bytes);
    }

    public void Dispose()
    {
        foreach (NativeBuffer buffer in (NativeBuffer[])[_pointers, _codes, _pairs, _scales, _halfScales, _sums, _totals, _starts, _panels]) buffer.Dispose();
    }
}
