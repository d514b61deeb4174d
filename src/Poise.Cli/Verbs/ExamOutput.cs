using System.Globalization;
using System.Text.Json;
using Poise.Cli.Output;
using Poise.Core.Chat;
using Poise.Core.Nano.Asking;
using Poise.Core.Nano.Grading;
using Poise.Tensors.Formats;

namespace Poise.Cli.Verbs;

/// <summary>The result of <c>poise exam</c>: tables, or one JSON object; the same for the same answers.</summary>
/// <param name="shown">So many wrong answers, and as many right ones.</param>
sealed class ExamOutput(ExamReport report, int shown)
{
    const string Margin = "            ";

    public void WriteText()
    {
        Report.Table(["kind", "part", "right", "of", "%", "95 % interval", "reasoning"], Rows().Select(row => new[]
        {
            row.Kind, row.Part, Quantity.Count(row.Score.Right), Quantity.Count(row.Score.All), Percent(row.Score.Interval.Share), Interval(row.Score.Interval),
            string.Create(CultureInfo.InvariantCulture, $"{row.Score.MeanReasoning:0.0}"),
        }), [2, 3, 4, 5, 6]);
        Line("");
        Report.Table(["goal", "part", "what", "aim", "%", "95 % interval", "reached"], report.Goals.Select(result => new[]
        {
            result.Goal.Kind, result.Goal.Part ?? "", result.Goal.What, (result.Goal.IsLimit ? "<= " : ">= ") + result.Goal.Percent.ToString(CultureInfo.InvariantCulture),
            Percent(result.Interval.Share), Interval(result.Interval), result.IsReached ? "yes" : "no",
        }), [3, 4, 5]);
        foreach (bool right in (bool[])[false, true])
            foreach (GradedAnswer answer in report.Pick(right, shown)) Show(answer);
    }

    public void WriteJson(string model, ulong seed, ExamOptions options)
    {
        using Stream output = StandardOutput.OpenBuffered();
        using (var writer = new Utf8JsonWriter(output, JsonWriting.Indented))
        {
            writer.WriteStartObject();
            writer.WriteString("model", model);
            writer.WriteNumber("seed", seed);
            writer.WriteNumber("max_tokens", options.MaxTokens);
            writer.WriteStartArray("scores");
            foreach ((string kind, string part, ExamScore score) in Rows()) WriteScore(writer, kind, part, score);
            writer.WriteEndArray();
            writer.WriteStartArray("goals");
            foreach (GoalResult result in report.Goals) WriteGoal(writer, result);
            writer.WriteEndArray();
            foreach (bool right in (bool[])[false, true])
            {
                if (shown == 0) continue;
                writer.WriteStartArray(right ? "right_answers" : "wrong_answers");
                foreach (GradedAnswer answer in report.Pick(right, shown)) GradedAnswerJson.Write(writer, answer);
                writer.WriteEndArray();
            }
            writer.WriteEndObject();
        }
        output.Write("\n"u8);
    }

    /// <summary>Each kind with its parts below it, where it has any, and the whole at the end.</summary>
    IEnumerable<(string Kind, string Part, ExamScore Score)> Rows()
    {
        ILookup<string, (string Kind, string Part, ExamScore Score)> parts = report.Parts.Where(row => row.Part.Length > 0).ToLookup(row => row.Kind);
        foreach ((string kind, ExamScore score) in report.Kinds)
        {
            yield return (kind, "all", score);
            foreach ((string, string, ExamScore) part in parts[kind]) yield return part;
        }
        if (report.Total is { } total) yield return ("all", "all", total);
    }

    static void WriteScore(Utf8JsonWriter writer, string kind, string part, ExamScore score)
    {
        writer.WriteStartObject();
        writer.WriteString("kind", kind);
        writer.WriteString("part", part);
        writer.WriteNumber("right", score.Right);
        writer.WriteNumber("all", score.All);
        Write(writer, score.Interval);
        writer.WriteNumber("reasoning_characters", score.MeanReasoning);
        writer.WriteEndObject();
    }

    static void WriteGoal(Utf8JsonWriter writer, GoalResult result)
    {
        writer.WriteStartObject();
        writer.WriteString("kind", result.Goal.Kind);
        writer.WriteString("part", result.Goal.Part ?? "all");
        writer.WriteString("what", result.Goal.What);
        writer.WriteNumber(result.Goal.IsLimit ? "most" : "least", result.Goal.Percent / 100.0);
        writer.WriteNumber("counted", result.Counted);
        writer.WriteNumber("all", result.All);
        Write(writer, result.Interval);
        writer.WriteBoolean("reached", result.IsReached);
        writer.WriteEndObject();
    }

    static void Write(Utf8JsonWriter writer, WilsonInterval interval)
    {
        writer.WriteNumber("share", interval.Share);
        writer.WriteNumber("lower", interval.Lower);
        writer.WriteNumber("upper", interval.Upper);
    }

    /// <summary>The whole conversation: a question alone often says little.</summary>
    static void Show(GradedAnswer answer)
    {
        string part = answer.Item.Part.Length > 0 ? $", {answer.Item.Part}" : "";
        Line("");
        Line($"{(answer.IsRight ? "right" : "wrong")}: {answer.Item.Kind}{part}, item {answer.Index.ToString(CultureInfo.InvariantCulture)}");
        if (answer.Item.Tools.Count > 0) Field("tools", string.Join(", ", answer.Item.Tools.Select(tool => tool.Name)));
        foreach (ChatMessage message in answer.Item.Prompt) Field(message.Role.ToString().ToLowerInvariant(), Said(message));
        Field("expected", Said(answer.Item.Answer));
        if (answer.Given.Message.Reasoning is { } reasoning) Field("reasoned", reasoning);
        Field("given", Said(answer.Given.Message));
        if (answer.Fault is { } fault) Field("fault", fault);
    }

    static string Said(ChatMessage message) => string.Join('\n', message.ToolCalls.Select(call => $"[{call.Name} {call.Arguments}]").Prepend(message.Text).Where(text => text.Length > 0));

    // What a model wrote cannot move the cursor, nor look like a line of the report.
    static void Field(string name, string text) => Line($"  {name,-10}{Printable.Text(text.TrimEnd()).Replace("\n", "\n" + Margin, StringComparison.Ordinal)}");

    static void Line(string text)
    {
        using StreamWriter output = StandardOutput.OpenText();
        output.WriteLine(text);
    }

    static string Percent(double share) => string.Create(CultureInfo.InvariantCulture, $"{100 * share:0.0}");

    static string Interval(WilsonInterval interval) => $"{Percent(interval.Lower)} to {Percent(interval.Upper)}";
}
