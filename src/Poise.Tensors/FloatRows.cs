namespace Poise.Tensors;

/// <summary>A growing F32 array [rows, columns] outside the garbage collector's heap: the activations of a step.</summary>
public sealed unsafe class FloatRows(int columns) : IDisposable
{
    NativeBuffer _buffer = new(0);

    public int Columns { get; } = columns;

    public int Rows { get; private set; }

    internal float* Pointer => _buffer.Floats;

    /// <summary>Makes room for <paramref name="rows"/>; the contents are undefined afterwards.</summary>
    public FloatRows Resize(int rows)
    {
        long bytes = checked((long)rows * Columns * sizeof(float) + 64);
        if (_buffer.Length < bytes)
        {
            _buffer.Dispose();
            _buffer = new NativeBuffer(bytes);
        }

        Rows = rows;
        return this;
    }

    internal float* RowPointer(int row) => _buffer.Floats + (long)row * Columns;

    public Span<float> Row(int row)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(row);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(row, Rows);
        return new Span<float>(RowPointer(row), Columns);
    }

    /// <summary>All rows as one span.</summary>
    public Span<float> All => new(_buffer.Floats, checked(Rows * Columns));

    public void Dispose() => _buffer.Dispose();
}
