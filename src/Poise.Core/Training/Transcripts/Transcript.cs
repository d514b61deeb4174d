using System.Text.Json;
using Poise.Tensors;

namespace Poise.Core.Training.Transcripts;

/// <summary>A transcript whose chain holds: reading one checks every byte of it.</summary>
public sealed class Transcript
{
    Transcript(TranscriptHeader header, IReadOnlyList<TranscriptEntry> entries, IReadOnlyList<TranscriptPosition> positions, bool isWhole) =>
        (Header, Entries, Positions, IsWhole) = (header, entries, positions, isWhole);

    public TranscriptHeader Header { get; }

    /// <summary>In the order of the file.</summary>
    public IReadOnlyList<TranscriptEntry> Entries { get; }

    public IEnumerable<TranscriptStep> Steps => Entries.OfType<TranscriptStep>();

    /// <summary>The last line; its hash stands for the whole file.</summary>
    public TranscriptPosition End => Positions[^1];

    /// <summary>After each line, the header's first.</summary>
    public IReadOnlyList<TranscriptPosition> Positions { get; }

    /// <summary>False where the last line was being written when the process ended; it is left out.</summary>
    public bool IsWhole { get; }

    /// <summary>The first line alone: what a killed process or a fallen machine left at the end does not matter to it.</summary>
    public static TranscriptHeader ReadHeader(string path)
    {
        using FileStream stream = Open(path);
        byte[] line = new LineReader(stream, path).Read(out _) ?? throw new PoiseException($"{path} is empty; a transcript begins with a header.");
        return ReadHeader(path, line).Header;
    }

    /// <summary>Throws where the chain is broken, with the number of the first line that does not hold.</summary>
    public static Transcript Read(string path)
    {
        using FileStream stream = Open(path);
        return Read(stream, path);
    }

    /// <param name="name">Of the file, for messages.</param>
    public static Transcript Read(Stream stream, string name)
    {
        var lines = new LineReader(stream, name);
        TranscriptPosition at = TranscriptPosition.Start;
        TranscriptHeader? header = null;
        var entries = new List<TranscriptEntry>();
        var positions = new List<TranscriptPosition>();
        bool whole = true;
        while (lines.Read(out whole) is { } line && whole)
        {
            if (header is null) (header, at) = ReadHeader(name, line);
            else
            {
                (JsonElement fields, at) = TranscriptLine.Read(name, at, line);
                entries.Add(Content(name, at, fields, TranscriptContent.ReadEntry));
            }
            positions.Add(at);
        }
        if (header is null) throw new PoiseException($"{name} is empty; a transcript begins with a header.");
        bool ended = stream.Length == lines.Position;
        return new Transcript(header, entries, positions, ended);
    }

    static FileStream Open(string path)
    {
        try
        {
            return new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new PoiseException($"The transcript {path} cannot be read: {e.Message}", e);
        }
    }

    static (TranscriptHeader Header, TranscriptPosition After) ReadHeader(string name, byte[] line)
    {
        (JsonElement fields, TranscriptPosition after) = TranscriptLine.Read(name, TranscriptPosition.Start, line);
        return (Content(name, after, fields, TranscriptContent.ReadHeader), after);
    }

    static T Content<T>(string name, TranscriptPosition at, JsonElement fields, Func<JsonElement, T> read)
    {
        try
        {
            return read(fields);
        }
        catch (Exception e) when (e is KeyNotFoundException or InvalidOperationException or FormatException)
        {
            throw new PoiseException($"{name}, line {at.Lines}: {e.Message}.", e);
        }
    }
}
