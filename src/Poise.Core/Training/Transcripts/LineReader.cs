using Poise.Tensors;

namespace Poise.Core.Training.Transcripts;

/// <summary>Lines of bytes, and whether the last one is whole.</summary>
sealed class LineReader(Stream stream, string file)
{
    // The header holds a recipe, which may have a million characters.
    const int MaxBytes = 8 << 20;

    readonly byte[] _buffer = new byte[1 << 16];
    int _next, _end;

    /// <summary>Bytes of all the lines that have been read, with their line feeds.</summary>
    public long Position { get; private set; }

    /// <summary>The next line without its line feed, or null at the end. <paramref name="whole"/> is false where a line feed is missing.</summary>
    public byte[]? Read(out bool whole)
    {
        using var line = new MemoryStream();
        while (true)
        {
            if (_next == _end)
            {
                (_next, _end) = (0, stream.Read(_buffer));
                if (_end == 0)
                {
                    whole = false;
                    return line.Length == 0 ? null : line.ToArray();
                }
            }
            ReadOnlySpan<byte> rest = _buffer.AsSpan(_next.._end);
            int feed = rest.IndexOf((byte)'\n');
            line.Write(feed < 0 ? rest : rest[..feed]);
            if (line.Length > MaxBytes) throw new PoiseException($"{file} has a line of more than {MaxBytes >> 20} MB; it is no transcript.");
            _next += feed < 0 ? rest.Length : feed + 1;
            if (feed < 0) continue;
            Position += line.Length + 1;
            whole = true;
            return line.ToArray();
        }
    }
}
