using Poise.Core.Training.Checkpoints;
using Poise.Core.Training.Transcripts;
using Poise.Tensors;

namespace Poise.Core.Training.Runs;

/// <summary>The names in a run's folder, and whether what was begun there is this run.</summary>
static class RunFolder
{
    public const string Transcript = "transcript.jsonl", Checkpoints = "checkpoints";

    /// <summary>
    /// Refuses a folder whose checkpoints belong to a run that started from something else, with the first difference. Returns what to
    /// tell: another version of the program goes on with a warning. Reads, and changes nothing.
    /// </summary>
    public static string? Check(string folder, TranscriptHeader header)
    {
        string path = Path.Combine(folder, Transcript);
        // Without a checkpoint nothing of what was begun can be gone on from, and the run begins anew.
        if (CheckpointEntry.List(Path.Combine(folder, Checkpoints)).Count == 0) return null;
        if (!File.Exists(path)) throw new PoiseException($"{folder} has checkpoints and no {Transcript}, which tells what run they are of. Put it back, or choose another folder.");
        if (TranscriptDifference.Find(Transcripts.Transcript.ReadHeader(path), header) is not { } difference) return null;
        if (difference.Field == "code")
            return $"{folder} was begun by Poise {difference.Left}, and this is {difference.Right}: if the versions compute differently, `poise replay` will show it";
        string what = difference.Field switch
        {
            "base" => "another base model",
            "tokenizer" => "another tokenizer",
            "initial_weights" => "another adapter to start from, or other first values",
            _ when difference.Field.StartsWith("data", StringComparison.Ordinal) => "other data",
            _ => "another recipe",
        };
        throw new PoiseException($"{folder} holds a run with {what}: {difference.Field} is {Short(difference.Left)} there and {Short(difference.Right)} here. Go on with what it was begun with, or choose another folder.");
    }

    static string Short(string value) => value.Length > 100 ? value[..100] + "…" : value;
}
