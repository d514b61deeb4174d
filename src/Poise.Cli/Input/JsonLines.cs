using System.Text.Json;
using Poise.Tensors;
using Poise.Tensors.Formats;

namespace Poise.Cli.Input;

/// <summary>Reads a file (or standard input, <c>-</c>) of JSON objects, one a line, and names file and line in every complaint.</summary>
sealed class JsonLines : IDisposable
{
    const int MaximumLineBytes = 1 << 30;

    readonly Stream _stream;
    readonly ByteLines _lines;

    JsonLines(Stream stream, string name)
    {
        _stream = stream;
        _lines = new ByteLines(stream, MaximumLineBytes, line => new PoiseException($"{name}: line {line}: longer than {MaximumLineBytes:N0} bytes"));
        Name = name;
    }

    public string Name { get; }

    /// <summary>The number of the line read last, from 1.</summary>
    public int Line => _lines.Line;

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
    public bool TryReadRaw(out ReadOnlyMemory<byte> line) => _lines.TryRead(out line);

    /// <summary>What is wrong with a line, without the reader's own count of lines, which sees only this one.</summary>
    public static string Explain(JsonException error)
    {
        int detail = error.Message.IndexOf(" LineNumber:", StringComparison.Ordinal);
        return "not a JSON object: " + (detail < 0 ? error.Message : error.Message[..detail]);
    }

    /// <summary>A complaint about the line read last.</summary>
    public PoiseException Error(string problem) => new($"{Name}: line {Line}: {problem}");

    public void Dispose() => _stream.Dispose();
}
