using System.Globalization;
using Poise.Core.Training.Transcripts;

namespace Poise.Core.Training.Replaying;

/// <summary>A chain of hashes holds whatever its lines say; a run has every step once, in order, and one end.</summary>
static class TranscriptOrder
{
    public static ReplayFinding? Check(Transcript transcript)
    {
        long step = 0;
        for (int i = 0; i < transcript.Entries.Count; i++)
        {
            TranscriptEntry entry = transcript.Entries[i];
            long expected = entry is TranscriptStep ? ++step : step;
            if (entry.Step != expected) return Finding(i, $"step {Text(entry.Step)}", $"step {Text(expected)} was to come");
            if (entry is TranscriptEnd && i < transcript.Entries.Count - 1) return Finding(i, "an end", "lines that follow it");
        }

        return null;
    }

    // The first entry stands in line 2.
    static ReplayFinding Finding(int index, string recorded, string found) =>
        new(ReplayKind.Steps, 0, $"line {Text(index + 2)}", recorded, found, "A run writes no such transcript: lines were left out, doubled or moved, and all hashes after them computed again.");

    static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);
}
