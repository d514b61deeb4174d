using System.Text.Json;
using Poise.Core.Training.Transcripts;
using Poise.Tensors;
using Poise.Tensors.Formats;

namespace Poise.Core.Training.Checkpoints;

/// <summary>The numbers of a checkpoint: <c>state.json</c>.</summary>
static class ProgressFile
{
    const int MaxBytes = 1 << 16;

    public sealed record Content(TrainingProgress Progress, string Optimizer, long OptimizerSteps);

    public static void Write(string path, TrainingState state) => AtomicFile.Write(path, stream =>
    {
        using var json = new Utf8JsonWriter(stream, new JsonWriterOptions { Indented = true, NewLine = "\n" });
        TrainingProgress progress = state.Progress;
        json.WriteStartObject();
        json.WriteNumber("format", 1);
        json.WriteNumber("step", progress.Step);
        json.WriteNumber("epoch", progress.Epoch);
        json.WriteNumber("position", progress.Position);
        json.WriteNumber("tokens", progress.Tokens);
        json.WriteString("recipe", progress.RecipeDigest);
        json.WriteNumber("transcript_lines", progress.Transcript.Lines);
        json.WriteString("transcript_hash", progress.Transcript.Hash);
        json.WriteString("optimizer", state.Optimizer.Kind);
        json.WriteNumber("optimizer_steps", state.Optimizer.Steps);
        json.WriteEndObject();
    });

    public static Content Read(string path)
    {
        try
        {
            if (new FileInfo(path).Length > MaxBytes) throw new PoiseException($"{path} is too long for the state of a run.");
            using JsonDocument document = JsonDocument.Parse(File.ReadAllBytes(path));
            JsonElement root = document.RootElement;
            if (root.GetProperty("format").GetInt32() != 1) throw new PoiseException($"{path} is of a newer Poise.");
            var transcript = new TranscriptPosition(Count("transcript_lines"), Text("transcript_hash"));
            var progress = new TrainingProgress(Count("step"), Count("epoch"), Count("position"), Count("tokens"), Text("recipe"), transcript);
            return new Content(progress, Text("optimizer"), Count("optimizer_steps"));

            long Count(string name) => root.GetProperty(name).GetInt64() is >= 0 and var value ? value : throw new PoiseException($"{path}: {name} is negative.");
            string Text(string name) => root.GetProperty(name).GetString() ?? throw new PoiseException($"{path}: {name} is null.");
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException or FormatException or IOException or UnauthorizedAccessException)
        {
            throw new PoiseException($"{path} is not the state of a run: {e.Message}", e);
        }
    }
}
