namespace Poise.Tensors;

/// <summary>A growing F32 array [rows, columns] outside the garbage collector's heap: the activations of a step.</summary>
public sealed unsafe class FloatRows(int columns) : IDisposable
{
    static readonly NativeBuffer s_none = new(0);

    readonly FloatRows? _owner;
    readonly long _start;
    readonly bool _borrowed;
    NativeBuffer _buffer = s_none;

    FloatRows(FloatRows owner, int first, int rows, int columns) : this(columns)
    {
        (_owner, _start, Rows) = (owner._owner ?? owner, owner._start + (long)first * owner.Columns, rows);
    }

    /// <summary>Over memory that somebody else owns and that holds them.</summary>
    internal FloatRows(NativeBuffer memory, int rows, int columns) : this(columns)
    {
        (_buffer, _borrowed, Rows) = (memory, true, rows);
    }

    public int Columns { get; } = columns;

    public int Rows { get; private set; }

    internal NativeBuffer Memory => _buffer;

    internal float* Pointer => _owner is null ? _buffer.Floats : _owner._buffer.Floats + _start;

    /// <summary>Makes room for <paramref name="rows"/>; the contents are undefined afterwards.</summary>
    public FloatRows Resize(int rows)
    {
        if (_owner is not null || _borrowed) throw new InvalidOperationException("A view has the size that it was made with.");
        long bytes = checked((long)rows * Columns * sizeof(float) + 64);
        if (_buffer.Length < bytes)
        {
            if (_buffer != s_none) _buffer.Dispose();
            _buffer = new NativeBuffer(bytes);
        }

        Rows = rows;
        return this;
    }

    /// <summary>Some of the rows, in the same memory: valid until this array is resized or disposed.</summary>
    public FloatRows Slice(int first, int rows)
    {
        if (first < 0 || rows < 0 || first > Rows - rows) throw new ArgumentOutOfRangeException(nameof(first));
        return new FloatRows(this, first, rows, Columns);
    }

    /// <summary>The same elements as rows of another length, in the same memory.</summary>
    public FloatRows Reshape(int columns)
    {
        long elements = (long)Rows * Columns;
        if (columns < 1 || elements % columns != 0) throw new ArgumentOutOfRangeException(nameof(columns));
        return new FloatRows(this, 0, checked((int)(elements / columns)), columns);
    }

    internal float* RowPointer(int row) => Pointer + (long)row * Columns;

    public Span<float> Row(int row)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(row);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(row, Rows);
        return new Span<float>(RowPointer(row), Columns);
    }

    /// <summary>All rows as one span.</summary>
    public Span<float> All => new(Pointer, checked(Rows * Columns));

    public void Dispose()
    {
        if (!_borrowed && _buffer != s_none) _buffer.Dispose();
    }
}
