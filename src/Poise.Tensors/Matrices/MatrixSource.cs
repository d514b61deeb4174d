using System.Runtime.Intrinsics.X86;
using Poise.Tensors.Formats;
using Poise.Tensors.Quantization;

namespace Poise.Tensors.Matrices;

/// <summary>
/// A weight matrix [rows, columns] as a view of stored tensors: which stored row each row is, and how its bytes become blocks
/// of <see cref="Format"/>. Row shuffles (fused, interleaved and permuted projections) cost nothing; a transposed matrix is copied.
/// </summary>
public sealed unsafe class MatrixSource
{
    readonly StoredTensor _tensor;
    readonly StoredTensor? _scales;
    readonly NativeBuffer? _copy;
    readonly long _firstRow;
    readonly int _step;
    readonly int[]? _map;
    readonly float[]? _factors;
    readonly MatrixSource[]? _inTurn;
    readonly int _offset;

    MatrixSource(StoredTensor tensor, TensorType type, int rows, int columns, long firstRow, int step, int[]? map, StoredTensor? scales = null, NativeBuffer? copy = null, float[]? factors = null)
    {
        (_tensor, Rows, Columns, _firstRow, _step, _map, _scales, _copy, _factors) = (tensor, rows, columns, firstRow, step, map, scales, copy, factors);
        Format = BlockFormats.Get(type);
        RowBytes = Format.RowBytes(columns);
        ScratchBytes = scales is null && factors is null ? 0 : RowBytes;
    }

    MatrixSource(MatrixSource[] parts) : this(parts[0]._tensor, parts[0].Format.Type, checked(parts[0].Rows * parts.Length), parts[0].Columns, 0, 1, null) =>
        (_inTurn, ScratchBytes) = (parts, parts.Max(part => part.ScratchBytes));

    MatrixSource(MatrixSource whole, int first, int count)
        : this(whole._tensor, whole.Format.Type, count, whole.Columns, whole._firstRow, whole._step, whole._map, whole._scales, whole._copy, whole._factors) =>
        (_inTurn, _offset, ScratchBytes) = (whole._inTurn, whole._offset + first, whole.ScratchBytes);

    public int Rows { get; }
    public int Columns { get; }
    public BlockFormat Format { get; }
    public long RowBytes { get; }
    public string Name => _tensor.Name;
    public long Bytes => StoredRowBytes * Rows;

    long StoredRowBytes => _factors is null ? RowBytes : Columns;

    /// <summary>Rows firstRow, firstRow + step, ... of a tensor whose last dimension is the row; leading dimensions count as rows.</summary>
    /// <param name="map">Optional: row r is the stored row firstRow + map[r].</param>
    public static MatrixSource FromTensor(StoredTensor tensor, int rows, int columns, long firstRow = 0, int step = 1, int[]? map = null)
    {
        long stored = RowsOf(tensor, columns);
        long last = firstRow + (map is null ? (long)(rows - 1) * step : map.Max());
        if (rows < 1 || last >= stored)
            throw new ModelFileException(tensor.File, tensor.Name, $"expected at least {last + 1} rows of {columns}, found shape [{string.Join(", ", tensor.Shape)}]");
        if (columns % BlockFormats.Get(tensor.Type).BlockElements != 0)
            throw new ModelFileException(tensor.File, tensor.Name, $"rows of {columns} are not whole {tensor.Type} blocks");
        return new(tensor, tensor.Type, rows, columns, firstRow, step, map);
    }

    /// <summary>MXFP4 as Hugging Face and OpenAI store it: blocks [.., rows, groups, 16] and scales [.., rows, groups].</summary>
    public static MatrixSource FromMxPair(StoredTensor blocks, StoredTensor scales, int rows, int columns, long firstRow = 0, int step = 1)
    {
        int groups = columns / 32;
        long last = firstRow + (long)(rows - 1) * step;
        if (columns % 32 != 0 || blocks.Type != TensorType.U8 || scales.Type != TensorType.U8 || blocks.Shape is not [.., 16]
            || blocks.ByteLength % (groups * 16L) != 0 || scales.ByteLength * 16 != blocks.ByteLength || last >= scales.ByteLength / groups)
            throw new ModelFileException(blocks.File, blocks.Name,
                $"expected U8 blocks of {rows} rows x {groups} groups x 16 with matching scales, found {blocks.Type} [{string.Join(", ", blocks.Shape)}] and {scales.Type} [{string.Join(", ", scales.Shape)}]");
        return new(blocks, TensorType.MXFP4, rows, columns, firstRow, step, null, scales);
    }

    /// <summary>A matrix stored [columns, rows] (GPT-2's Conv1D; BF16 experts): copied to rows, element by element. Plain types only.</summary>
    /// <param name="firstElement">Where the [columns, storedRows] slice starts in the tensor.</param>
    public static MatrixSource FromTransposed(StoredTensor tensor, int rows, int columns, int storedRows, long firstElement = 0, int firstRow = 0, int step = 1)
    {
        int size = tensor.Format.BlockBytes;
        if (tensor.Format.BlockElements != 1)
            throw new ModelFileException(tensor.File, tensor.Name, $"a transposed matrix of type {tensor.Type} is not supported; expected F32, F16 or BF16");
        if ((firstElement + (long)columns * storedRows) * size > tensor.ByteLength || firstRow + (long)(rows - 1) * step >= storedRows)
            throw new ModelFileException(tensor.File, tensor.Name, $"expected [{columns}, {storedRows}], found [{string.Join(", ", tensor.Shape)}]");
        var copy = new NativeBuffer(checked((long)rows * columns * size));
        byte* source = tensor.Pointer + firstElement * size;
        for (int c = 0; c < columns; c++)
        {
            byte* from = source + ((long)c * storedRows + firstRow) * size;
            for (int r = 0; r < rows; r++, from += (long)step * size)
                Buffer.MemoryCopy(from, copy.Pointer + ((long)r * columns + c) * size, size, size);
        }

        return new(tensor, tensor.Type, rows, columns, 0, 1, null, null, copy);
    }

    /// <summary>F8_E4M3 codes with a factor for each square of 128 x 128: rows of F32, decoded as they are asked for.</summary>
    /// <param name="scales">[rows / 128, columns / 128], both rounded up; they multiply.</param>
    public static MatrixSource FromFp8(StoredTensor codes, StoredTensor scales, int rows, int columns)
    {
        int down = Fp8Block128.Squares(rows), across = Fp8Block128.Squares(columns);
        if (codes.Type != TensorType.F8_E4M3 || !codes.Shape.AsSpan().SequenceEqual([rows, columns]) || !scales.Shape.AsSpan().SequenceEqual([down, across])
            || scales.Type is not (TensorType.F32 or TensorType.BF16))
            throw new ModelFileException(codes.File, codes.Name, $"expected F8_E4M3 [{rows}, {columns}] with F32 factors [{down}, {across}], "
                + $"found {codes.Type} [{string.Join(", ", codes.Shape)}] and {scales.Type} [{string.Join(", ", scales.Shape)}]");
        return new(codes, TensorType.F32, rows, columns, 0, 1, null, factors: scales.ToFloats());
    }

    /// <summary>
    /// The key and value parts of heads that GGUF keeps apart, keys turned: head by head its key rows and its value rows, copied.
    /// In the type of the two where that is plain, in F32 where it is not.
    /// </summary>
    /// <param name="keys">[heads, columns, key size].</param>
    /// <param name="values">[heads, value size, columns].</param>
    public static MatrixSource FromHeads(StoredTensor keys, StoredTensor values, int heads, int keySize, int valueSize, int columns)
    {
        Expect(keys, heads * (long)columns, keySize);
        Expect(values, heads * (long)valueSize, columns);
        TensorType type = keys.Type == values.Type && keys.Type is TensorType.F16 or TensorType.BF16 ? keys.Type : TensorType.F32;
        int rows = checked(heads * (keySize + valueSize));
        BlockFormat format = BlockFormats.Get(type);
        long rowBytes = format.RowBytes(columns);
        var copy = new NativeBuffer(checked(rows * rowBytes));
        MatrixSource turned = FromTensor(keys, checked(heads * columns), keySize), straight = FromTensor(values, checked(heads * valueSize), columns);
        float[] part = new float[checked(columns * keySize)], row = new float[columns];
        byte* target = copy.Pointer;
        for (int h = 0; h < heads; h++)
        {
            for (int c = 0; c < columns; c++) turned.DecodeRow(h * columns + c, part.AsSpan(c * keySize, keySize));
            for (int r = 0; r < keySize + valueSize; r++, target += rowBytes)
            {
                if (r >= keySize) straight.DecodeRow(h * valueSize + r - keySize, row);
                else
                    for (int c = 0; c < columns; c++) row[c] = part[c * keySize + r];
                format.Quantize(row, new Span<byte>(target, checked((int)rowBytes)));
            }
        }

        return new(keys, type, rows, columns, 0, 1, null, copy: copy);

        static void Expect(StoredTensor tensor, long rows, int columns)
        {
            if (tensor.Shape.Length < 2 || tensor.Shape[^1] != columns || tensor.Elements != rows * columns)
                throw new ModelFileException(tensor.File, tensor.Name, $"expected {rows} rows of {columns}, found shape [{string.Join(", ", tensor.Shape)}]");
        }
    }

    /// <summary>Whether its rows lie in memory of their own already.</summary>
    internal bool IsCopy => _copy is not null;

    /// <summary>Row 0 of each matrix, then row 1 of each, and so on: gate and up that files hold apart. All have one size and one type.</summary>
    public static MatrixSource InTurn(params MatrixSource[] parts)
    {
        foreach (MatrixSource part in parts)
            if (part.Rows != parts[0].Rows || part.Columns != parts[0].Columns || part.Format != parts[0].Format)
                throw new ModelFileException(part._tensor.File, part.Name, $"expected {parts[0].Rows} rows of {parts[0].Columns} in {parts[0].Format.Type} as in {parts[0].Name}, found {part.Rows} of {part.Columns} in {part.Format.Type}");
        return new MatrixSource(parts);
    }

    /// <summary>Bytes of scratch that <see cref="Row"/> needs.</summary>
    internal long ScratchBytes { get; }

    /// <summary>The blocks of a row: where they lie, or converted into <paramref name="scratch"/>.</summary>
    internal byte* Row(int row, byte* scratch)
    {
        row += _offset;
        if (_inTurn is not null) return _inTurn[row % _inTurn.Length].Row(row / _inTurn.Length, scratch);
        if (_copy is not null) return _copy.Pointer + row * RowBytes;
        long stored = _firstRow + (_map is null ? (long)row * _step : _map[row]);
        if (_factors is not null)
        {
            int across = Fp8Block128.Squares(Columns);
            Fp8Block128.DequantizeRow(new ReadOnlySpan<byte>(_tensor.Pointer + stored * Columns, Columns),
                _factors.AsSpan((int)(stored / Fp8Block128.Side) * across, across), new Span<float>(scratch, Columns));
            return scratch;
        }

        if (_scales is null) return _tensor.Pointer + stored * RowBytes;
        int groups = Columns / 32;
        MXFP4Layouts.ToGguf(
            new ReadOnlySpan<byte>(_tensor.Pointer + stored * groups * 16, groups * 16),
            new ReadOnlySpan<byte>(_scales.Pointer + stored * groups, groups),
            new Span<byte>(scratch, checked((int)RowBytes)));
        return scratch;
    }

    /// <summary>The blocks of some columns of a row, from whole blocks to whole blocks.</summary>
    /// <param name="start">Bytes of a row before them.</param>
    internal void CopyBlocks(int row, int first, int count, long start, Span<byte> blocks)
    {
        if (_inTurn is not null)
        {
            int own = row + _offset;
            _inTurn[own % _inTurn.Length].CopyBlocks(own / _inTurn.Length, first, count, start, blocks);
            return;
        }

        if (_factors is not null)
        {
            byte[] whole = new byte[RowBytes];
            fixed (byte* scratch = whole) new ReadOnlySpan<byte>(Row(row, scratch) + start, blocks.Length).CopyTo(blocks);
            return;
        }

        if (_scales is null)
        {
            new ReadOnlySpan<byte>(Row(row, null) + start, blocks.Length).CopyTo(blocks);
            return;
        }

        long group = (_firstRow + (long)(row + _offset) * _step) * (Columns / 32) + first / 32;
        MXFP4Layouts.ToGguf(new ReadOnlySpan<byte>(_tensor.Pointer + group * 16, count / 2), new ReadOnlySpan<byte>(_scales.Pointer + group, count / 32), blocks);
    }

    /// <summary>Asks for some columns of a row that will be wanted soon.</summary>
    /// <param name="start">Bytes of a row before them.</param>
    /// <param name="bytes">That they take.</param>
    internal void Prefetch(int row, long start, long bytes)
    {
        // Codes of 8 bits are a quarter of the rows that they become, and not where those would be.
        if (!Sse.IsSupported || _factors is not null) return;
        row += _offset;
        if (_inTurn is not null)
        {
            _inTurn[row % _inTurn.Length].Prefetch(row / _inTurn.Length, start, bytes);
            return;
        }

        long stored = _firstRow + (_map is null ? (long)row * _step : _map[row]);
        byte* from = _copy is not null ? _copy.Pointer + row * RowBytes + start : _scales is null ? _tensor.Pointer + stored * RowBytes + start
            // Sixteen of seventeen bytes lie there, the scales elsewhere.
            : _tensor.Pointer + (stored * RowBytes + start) / 17 * 16;
        for (long at = 0; at < bytes; at += 64) Sse.Prefetch0(from + at);
        Sse.Prefetch0(from + bytes - 1);
    }

    /// <summary>Some of the rows, one behind the other in this matrix.</summary>
    public MatrixSource Slice(int first, int count)
    {
        if (first < 0 || count < 1 || first > Rows - count) throw new ArgumentOutOfRangeException(nameof(first));
        return first == 0 && count == Rows ? this : new MatrixSource(this, first, count);
    }

    /// <summary>Decodes one row to F32. <paramref name="values"/> [columns].</summary>
    public void DecodeRow(int row, Span<float> values)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(row);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(row, Rows);
        byte[] scratch = new byte[ScratchBytes];
        fixed (byte* s = scratch)
            Format.Dequantize(new ReadOnlySpan<byte>(Row(row, s), checked((int)RowBytes)), values);
    }

    /// <summary>Tells the system that these rows will be read now.</summary>
    internal void Populate(int row, int count) => Tell(row, count, OperatingSystemCalls.Populate);

    /// <summary>Has the system read the whole matrix from the disk, without waiting for it.</summary>
    internal void ReadAhead()
    {
        foreach (MatrixSource part in _inTurn ?? []) part.ReadAhead();
        Tell(0, Rows, OperatingSystemCalls.ReadAhead);
    }

    delegate void Hint(byte* address, long length);

    void Tell(int row, int count, Hint hint)
    {
        if (_copy is not null || _map is not null || _inTurn is not null) return;
        row += _offset;
        long first = _firstRow + (long)row * _step, last = _firstRow + (long)(row + count - 1) * _step;
        if (_scales is null)
        {
            hint(_tensor.Pointer + first * StoredRowBytes, (last - first + 1) * StoredRowBytes);
            return;
        }

        int groups = Columns / 32;
        hint(_tensor.Pointer + first * groups * 16, (last - first + 1) * groups * 16);
        hint(_scales.Pointer + first * groups, (last - first + 1) * groups);
    }

    /// <summary>Tells the system that the stored bytes will not be read again soon (they have been packed).</summary>
    internal void Release()
    {
        foreach (MatrixSource part in _inTurn ?? []) part.Release();
        if (_copy is not null || _inTurn is not null) return;
        MappedFile.Advise(_tensor, MappedAdvice.DoNotNeed);
        if (_scales is not null) MappedFile.Advise(_scales, MappedAdvice.DoNotNeed);
    }

    static long RowsOf(StoredTensor tensor, int columns)
    {
        long last = tensor.Shape.Length == 0 ? 1 : tensor.Shape[^1];
        if (last != columns)
            throw new ModelFileException(tensor.File, tensor.Name, $"expected rows of {columns}, found shape [{string.Join(", ", tensor.Shape)}]");
        return tensor.Elements / columns;
    }
}
