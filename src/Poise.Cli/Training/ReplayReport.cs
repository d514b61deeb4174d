using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using Poise.Cli.Output;
using Poise.Core.Training.Replaying;
using Poise.Core.Training.Transcripts;

namespace Poise.Cli.Training;

/// <summary>What <c>poise replay</c> found.</summary>
static class ReplayReport
{
    public static void WriteText(ReplayResult result)
    {
        var facts = new List<(string, string)>();
        if (result.Transcript is { } transcript)
        {
            facts.Add(("transcript", $"{Quantity.Count(transcript.End.Lines)} lines, {Quantity.Count(transcript.Steps.Count())} steps, the chain holds"));
            facts.Add(("hash", transcript.End.Hash));
            facts.Add(("recipe", transcript.Header.RecipeDigest));
        }

        long computed = result.Reached - result.Start;
        if (result.Reached > 0) facts.Add(("from", result.Start == 0 ? "the beginning" : $"the checkpoint of step {Quantity.Count(result.Start)}"));
        if (computed > 0)
        {
            facts.Add(("computed", string.Create(CultureInfo.InvariantCulture, $"steps {result.Start + 1:N0} to {result.Reached:N0}, {result.Targets:N0} targets, {result.Seconds:0.0} s")));
            facts.Add(("equal", Equal(result, computed)));
        }

        foreach (string note in result.Notes) facts.Add(("note", note));
        facts.Add(("result", Verdict(result)));
        if (result.Finding is { } finding)
        {
            facts.Add(("recorded", finding.Recorded));
            facts.Add(("found", finding.Found));
            facts.Add(("meaning", finding.Meaning));
        }

        Report.Facts(facts);
    }

    public static void WriteJson(ReplayResult result)
    {
        using Stream output = StandardOutput.OpenBuffered();
        // The default encoder escapes everything that could reach a terminal as a command.
        using (var json = new Utf8JsonWriter(output, new JsonWriterOptions { Indented = true, Encoder = JavaScriptEncoder.Default }))
        {
            json.WriteStartObject();
            json.WriteString("verdict", !result.IsComplete ? "stopped" : result.Finding is null ? "equal" : "differs");
            if (result.Finding is { } finding)
            {
                json.WriteStartObject("difference");
                json.WriteString("kind", Name(finding.Kind).Replace(' ', '_'));
                json.WriteNumber("step", finding.Step);
                json.WriteString("what", finding.What);
                json.WriteString("recorded", finding.Recorded);
                json.WriteString("found", finding.Found);
                json.WriteString("meaning", finding.Meaning);
                json.WriteEndObject();
            }

            if (result.Transcript is { } transcript) Write(json, transcript);
            json.WriteNumber("from", result.From);
            json.WriteNumber("to", result.To);
            json.WriteNumber("start", result.Start);
            json.WriteNumber("reached", result.Reached);
            json.WriteNumber("targets", result.Targets);
            Write(json, "digests", result.Digests);
            Write(json, "checkpoints", result.Checkpoints);
            Write(json, "evaluations", result.Evaluations);
            json.WriteBoolean("result", result.Result);
            json.WriteStartArray("notes");
            foreach (string note in result.Notes) json.WriteStringValue(note);
            json.WriteEndArray();
            json.WriteNumber("seconds", result.Seconds);
            json.WriteEndObject();
        }

        output.Write("\n"u8);
    }

    static void Write(Utf8JsonWriter json, Transcript transcript)
    {
        json.WriteStartObject("transcript");
        json.WriteNumber("lines", transcript.End.Lines);
        json.WriteString("hash", transcript.End.Hash);
        json.WriteString("recipeDigest", transcript.Header.RecipeDigest);
        json.WriteString("code", transcript.Header.Code);
        json.WriteEndObject();
    }

    static void Write(Utf8JsonWriter json, string name, IEnumerable<long> steps)
    {
        json.WriteStartArray(name);
        foreach (long step in steps) json.WriteNumberValue(step);
        json.WriteEndArray();
    }

    static string Equal(ReplayResult result, long computed)
    {
        var parts = new List<string> { $"data, learning rates, losses and gradients of {Quantity.Count(computed)} steps" };
        if (result.Digests.Count > 0) parts.Add($"weights after {Quantity.Count(result.Digests.Count)} of them (the last: {Quantity.Count(result.Digests[^1])})");
        if (result.Checkpoints.Count > 0) parts.Add($"{Quantity.Count(result.Checkpoints.Count)} checkpoints");
        if (result.Evaluations.Count > 0) parts.Add($"{Quantity.Count(result.Evaluations.Count)} {(result.Evaluations.Count == 1 ? "evaluation" : "evaluations")}");
        if (result.Result) parts.Add("the result");
        return string.Join("; ", parts);
    }

    static string Verdict(ReplayResult result) => result switch
    {
        { IsComplete: false } => "stopped before the end; no difference so far",
        { Finding: { Step: 0 } finding } => $"differs ({Name(finding.Kind)}): {finding.What}",
        { Finding: { } finding } => $"differs at step {Quantity.Count(finding.Step)} ({Name(finding.Kind)}): {finding.What}",
        _ => "equal to the last bit",
    };

    static string Name(ReplayKind kind) => kind switch
    {
        ReplayKind.InitialWeights => "initial weights",
        ReplayKind.LearningRate => "learning rate",
        ReplayKind.OptimizerState => "optimizer state",
        _ => kind.ToString().ToLowerInvariant(),
    };
}
