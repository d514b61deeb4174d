using System.Text.Json;
using Poise.Tensors;

namespace Poise.Cli.Input;

/// <summary>Reads a file (or standard input, <c>-</c>) of JSON objects, one a line, and names file and line in every complaint.</summary>
sealed class JsonLines : IDisposable
{
    const int MaximumLineBytes = 1 << 30;

    readonly Stream _stream;
    byte[] _buffer = new byte[1 << 16];
    int _start;
    int _end;
    bool _ended;

    JsonLines(Stream stream, string name)
    {
        _stream = stream;
        Name = name;
    }

    public string Name { get; }

    /// <summary>The number of the line read last, from 1.</summary>
    public int Line { get; private set; }

    public static JsonLines Open(string path)
    {
        if (path == "-") return new JsonLines(Console.OpenStandardInput(), "standard input");
        if (Directory.Exists(path)) throw new PoiseException($"{path}: this is a folder; expected a file of JSON lines");
        if (!File.Exists(path)) throw new PoiseException($"{path}: no such file; expected a file of JSON lines, or - for standard input");
        return new JsonLines(new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, 1), path);
    }

    /// <summary>The next line that is not blank, or false at the end.</summary>
    public bool TryRead(out JsonRecord record)
    {
        record = default;
        if (!TryReadRaw(out ReadOnlyMemory<byte> line)) return false;
        try
        {
            record = JsonRecord.Parse(line.Span);
            return true;
        }
        catch (JsonException error)
        {
            throw Error(Explain(error));
        }
    }

    /// <summary>As <see cref="TryRead"/>, the bytes as they are; they last until the next call.</summary>
    public bool TryReadRaw(out ReadOnlyMemory<byte> line)
    {
        while (TryReadLine(out line))
        {
            Line++;
            if (Line == 1 && line.Span.StartsWith("\uFEFF"u8)) line = line[3..];
            if (!line.Span.Trim(" \t\r"u8).IsEmpty) return true;
        }
        return false;
    }

    /// <summary>What is wrong with a line, without the reader's own count of lines, which sees only this one.</summary>
    public static string Explain(JsonException error)
    {
        int detail = error.Message.IndexOf(" LineNumber:", StringComparison.Ordinal);
        return "not a JSON object: " + (detail < 0 ? error.Message : error.Message[..detail]);
    }

    /// <summary>A complaint about the line read last.</summary>
    public PoiseException Error(string problem) => new($"{Name}: line {Line}: {problem}");

    public void Dispose() => _stream.Dispose();

    // Lines end with \n only: U+2028 and the like are ordinary characters inside JSON strings.
    bool TryReadLine(out ReadOnlyMemory<byte> line)
    {
        int scanned = 0;
        while (true)
        {
            int found = _buffer.AsSpan(_start + scanned, _end - _start - scanned).IndexOf((byte)'\n');
            if (found >= 0)
            {
                line = _buffer.AsMemory(_start, scanned + found);
                _start += scanned + found + 1;
                return true;
            }
            if (_ended)
            {
                line = _buffer.AsMemory(_start, _end - _start);
                _start = _end;
                return !line.IsEmpty;
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
            _start = 0;
        }
        if (_end == _buffer.Length)
        {
            if (_end >= MaximumLineBytes) throw new PoiseException($"{Name}: line {Line + 1}: longer than {MaximumLineBytes:N0} bytes");
            Array.Resize(ref _buffer, _buffer.Length * 2);
        }
        int read = _stream.Read(_buffer, _end, _buffer.Length - _end);
        _end += read;
        _ended = read == 0;
    }
}
