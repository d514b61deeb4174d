namespace Poise.Core.Training.Transcripts;

/// <summary>A place in a transcript: so many lines, of which the last has this hash.</summary>
public sealed record TranscriptPosition(long Lines, string Hash)
{
    /// <summary>Before the first line.</summary>
    public static TranscriptPosition Start { get; } = new(0, new string('0', 64));
}
