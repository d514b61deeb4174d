namespace Poise.Tensors.Formats;

/// <summary>The lines of a stream as bytes, each of a bounded length; blank ones and a byte order mark at the start are passed over.</summary>
/// <param name="mostBytes">Of a line.</param>
/// <param name="tooLong">What is thrown for a longer one, from the number of the line.</param>
/// <param name="seen">Optional: gets all bytes of the stream, in order.</param>
public sealed class ByteLines(Stream stream, int mostBytes, Func<int, PoiseException> tooLong, Action<ReadOnlySpan<byte>>? seen = null)
{
    byte[] _buffer = new byte[1 << 16];
    int _start;
    int _end;
    bool _ended;
    long _passed;

    /// <summary>The number of the line read last, from 1.</summary>
    public int Line { get; private set; }

    /// <summary>Where in the stream the line read last begins, in bytes; a byte order mark is no part of it.</summary>
    public long Offset { get; private set; }

    /// <summary>The next line that is not blank; its bytes last until the next call. False at the end.</summary>
    public bool TryRead(out ReadOnlyMemory<byte> line)
    {
        while (TryReadLine(out line))
        {
            Line = checked(Line + 1);
            if (Line == 1 && line.Span.StartsWith("\uFEFF"u8))
            {
                line = line[3..];
                Offset += 3;
            }
            if (!line.Span.Trim(" \t\r"u8).IsEmpty) return true;
        }

        return false;
    }

    // Lines end with \n only: U+2028 and the like are ordinary characters inside JSON strings.
    bool TryReadLine(out ReadOnlyMemory<byte> line)
    {
        int scanned = 0;
        while (true)
        {
            int found = _buffer.AsSpan(_start + scanned, _end - _start - scanned).IndexOf((byte)'\n');
            if (found >= 0 || _ended)
            {
                int length = found >= 0 ? scanned + found : _end - _start;
                line = _buffer.AsMemory(_start, length);
                Offset = _passed + _start;
                _start += found >= 0 ? length + 1 : length;
                return found >= 0 || length > 0;
            }

            scanned = _end - _start;
            Fill();
        }
    }

    void Fill()
    {
        if (_start > 0)
        {
            _buffer.AsSpan(_start, _end - _start).CopyTo(_buffer);
            _end -= _start;
            _passed += _start;
            _start = 0;
        }

        if (_end == _buffer.Length)
        {
            if (_end >= mostBytes) throw tooLong(Line + 1);
            Array.Resize(ref _buffer, _buffer.Length * 2);
        }

        int read = stream.Read(_buffer, _end, _buffer.Length - _end);
        seen?.Invoke(_buffer.AsSpan(_end, read));
        _end += read;
        _ended = read == 0;
    }
}
