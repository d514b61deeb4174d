using System.Text.Json;

namespace Poise.Core.Training.Transcripts;

/// <summary>Headers and entries as fields of a line, and back.</summary>
static class TranscriptContent
{
    public const string HeaderKind = "header";
    const string StepKind = "step", EvaluationKind = "evaluation", EndKind = "end";

    public static void Write(Utf8JsonWriter json, TranscriptHeader header)
    {
        json.WriteNumber("format", 1);
        json.WriteString("recipe", header.Recipe);
        json.WriteString("recipe_digest", header.RecipeDigest);
        json.WriteString("code", header.Code);
        json.WriteString("base", header.Base);
        json.WriteString("tokenizer", header.Tokenizer);
        json.WriteStartArray("data");
        foreach (TranscriptFile file in header.Data)
        {
            json.WriteStartObject();
            json.WriteString("name", file.Name);
            json.WriteString("digest", file.Digest);
            json.WriteEndObject();
        }
        json.WriteEndArray();
        json.WriteNumber("seed", header.Seed);
        json.WriteString("initial_weights", header.InitialWeights);
    }

    public static TranscriptHeader ReadHeader(JsonElement fields)
    {
        if (Text(fields, "kind") != HeaderKind || fields.GetProperty("format").GetInt32() != 1) throw new FormatException("it is no header of this format");
        TranscriptFile[] data = [.. fields.GetProperty("data").EnumerateArray().Select(f => new TranscriptFile(Text(f, "name"), Text(f, "digest")))];
        return new TranscriptHeader(Text(fields, "recipe"), Text(fields, "recipe_digest"), Text(fields, "code"), Text(fields, "base"), Text(fields, "tokenizer"),
            data, fields.GetProperty("seed").GetInt64(), Text(fields, "initial_weights"));
    }

    public static string KindOf(TranscriptEntry entry) => entry switch
    {
        TranscriptStep => StepKind,
        TranscriptEvaluation => EvaluationKind,
        TranscriptEnd => EndKind,
        _ => throw new ArgumentException("An entry of no known kind.", nameof(entry)),
    };

    public static void Write(Utf8JsonWriter json, TranscriptEntry entry)
    {
        json.WriteNumber("step", entry.Step);
        switch (entry)
        {
            case TranscriptStep step:
                json.WriteNumber("epoch", step.Epoch);
                json.WriteString("batch", step.Batch);
                json.WriteNumber("tokens", step.Tokens);
                TranscriptLine.WriteNumber(json, "learning_rate", step.LearningRate);
                TranscriptLine.WriteNumber(json, "loss", step.Loss);
                TranscriptLine.WriteNumber(json, "gradient_norm", step.GradientNorm);
                if (step.Weights is not null) json.WriteString("weights", step.Weights);
                if (step.OptimizerState is not null) json.WriteString("optimizer_state", step.OptimizerState);
                break;
            case TranscriptEvaluation evaluation:
                json.WriteNumber("tokens", evaluation.Tokens);
                TranscriptLine.WriteNumber(json, "loss", evaluation.Loss);
                break;
            case TranscriptEnd end:
                json.WriteString("reason", end.Reason);
                json.WriteString("weights", end.Weights);
                break;
        }
    }

    public static TranscriptEntry ReadEntry(JsonElement fields)
    {
        long step = Count(fields, "step");
        return Text(fields, "kind") switch
        {
            StepKind => new TranscriptStep(step, Count(fields, "epoch"), Text(fields, "batch"), Count(fields, "tokens"), TranscriptLine.ReadNumber(fields, "learning_rate"),
                TranscriptLine.ReadNumber(fields, "loss"), TranscriptLine.ReadNumber(fields, "gradient_norm"),
                Optional(fields, "weights"), Optional(fields, "optimizer_state")),
            EvaluationKind => new TranscriptEvaluation(step, Count(fields, "tokens"), TranscriptLine.ReadNumber(fields, "loss")),
            EndKind => new TranscriptEnd(step, Text(fields, "reason"), Text(fields, "weights")),
            var other => throw new FormatException($"there is no kind of line '{other}'"),
        };
    }

    static string Text(JsonElement fields, string name) => fields.GetProperty(name).GetString() ?? throw new FormatException($"{name} is null");

    static string? Optional(JsonElement fields, string name) => fields.TryGetProperty(name, out JsonElement text) ? text.GetString() : null;

    static long Count(JsonElement fields, string name) =>
        fields.GetProperty(name).GetInt64() is >= 0 and var value ? value : throw new FormatException($"{name} is negative");
}
