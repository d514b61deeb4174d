using System.Text.Json;
using Poise.Tensors;

namespace Poise.Core.Training.Transcripts;

/// <summary>A transcript whose chain holds: reading one checks every byte of it.</summary>
public sealed class Transcript
{
    Transcript(TranscriptHeader header, IReadOnlyList<TranscriptEntry> entries, TranscriptPosition end, bool isWhole) =>
        (Header, Entries, End, IsWhole) = (header, entries, end, isWhole);

    public TranscriptHeader Header { get; }

    /// <summary>In the order of the file.</summary>
    public IReadOnlyList<TranscriptEntry> Entries { get; }

    public IEnumerable<TranscriptStep> Steps => Entries.OfType<TranscriptStep>();

    /// <summary>The last line; its hash stands for the whole file.</summary>
    public TranscriptPosition End { get; }

    /// <summary>False where the last line was being written when the process ended; it is left out.</summary>
    public bool IsWhole { get; }

    /// <summary>Throws where the chain is broken, with the number of the first line that does not hold.</summary>
    public static Transcript Read(string path)
    {
        try
        {
            using FileStream stream = new(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
            return Read(stream, path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new PoiseException($"The transcript {path} cannot be read: {e.Message}", e);
        }
    }

    /// <param name="name">Of the file, for messages.</param>
    public static Transcript Read(Stream stream, string name)
    {
        var lines = new LineReader(stream, name);
        TranscriptPosition at = TranscriptPosition.Start;
        TranscriptHeader? header = null;
        var entries = new List<TranscriptEntry>();
        bool whole = true;
        while (lines.Read(out whole) is { } line && whole)
        {
            (JsonElement fields, TranscriptPosition after) = TranscriptLine.Read(name, at, line);
            try
            {
                if (header is null) header = TranscriptContent.ReadHeader(fields);
                else entries.Add(TranscriptContent.ReadEntry(fields));
            }
            catch (Exception e) when (e is KeyNotFoundException or InvalidOperationException or FormatException)
            {
                throw new PoiseException($"{name}, line {after.Lines}: {e.Message}.", e);
            }
            at = after;
        }
        if (header is null) throw new PoiseException($"{name} is empty; a transcript begins with a header.");
        bool ended = stream.Length == lines.Position;
        return new Transcript(header, entries, at, ended);
    }
}
