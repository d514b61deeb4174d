using System.Globalization;
using System.Text;
using System.Text.Json;
using Poise.Core.Library;
using Poise.Core.Models;
using Poise.Core.Nano;
using Poise.Core.Nano.Tasks;
using Poise.Core.Pretraining;
using Poise.Core.Training.Data;
using Poise.Core.Training.Reports;
using Poise.Core.Training.Transcripts;
using Poise.Tests.House;

namespace Poise.Tests.Nano;

/// <summary>The parts of docs/nano.md that follow from files and code: each a block of Markdown by its name.</summary>
sealed class NanoCard
{
    public static string Folder => Path.Combine(SourceTree.Root, "recipes", "nano");

    public static PublishedTraining Published => new(Folder, "nano");

    /// <summary>The blocks, in their order. The statistics of the corpus take some seconds, as it is written for them.</summary>
    public static IReadOnlyDictionary<string, Func<string>> Blocks { get; } = new Dictionary<string, Func<string>>
    {
        ["shape"] = Shape,
        ["corpus"] = Corpus,
        ["runs"] = Runs,
        ["digests"] = Digests,
        ["scores"] = Scores,
        ["worst"] = () => Answers("wrong_answers"),
        ["best"] = () => Answers("right_answers"),
    };

    static string Shape()
    {
        using ModelPackage model = ModelPackage.Open(Published.Artefact);
        var config = (GptOssConfig)model.Config;
        return Table(["", ""], [
            ["parameters", Text($"{model.Parameters:N0}, of which a token uses {model.ActiveParameters:N0}")],
            ["file", Text($"{new FileInfo(Published.Artefact).Length:N0} bytes: {string.Join(", ", model.TensorCensus.Select(row => Text($"{row.Type} {row.Bytes:N0}")))}")],
            ["layers", Text($"{config.Layers}, every second with a window of {config.Windows[0]}; width {config.HiddenSize}")],
            ["attention", Text($"{config.Heads} heads of {config.HeadSize} with sinks, {config.KeyValueHeads} for keys and values")],
            ["experts", Text($"{config.ExpertCount} a layer of width {config.IntermediateSize}, {config.ExpertsPerToken} for a token")],
            ["vocabulary", Text($"{config.VocabularySize:N0}, with harmony's special tokens")],
            ["context", Text($"{config.ContextLength:N0} tokens")],
        ]);
    }

    static string Corpus()
    {
        using ModelPackage model = ModelPackage.Open(Published.Artefact);
        CorpusPlan plan = Published.Recipe.Corpus;
        (string sha256, NanoStatistics statistics) = NanoCorpusFile.Write(Stream.Null, CorpusGenerators.Samples(plan), SampleFormat.Of(model));
        Assert.Equal(Published.Digests.Find(PretrainingRun.Corpus), sha256);
        IEnumerable<string[]> rows = statistics.Rows.Select(row => Row(row.Key, row.Value.Conversations, row.Value.InFrench, row.Value.Turns, row.Value.Questions, row.Value.Tokens, row.Value.LossTokens, NanoTasks.All.First(task => task.Kind == row.Key).HeldOutCount));
        NanoStatistics.Row[] all = [.. statistics.Rows.Values];
        return Table(["kind", "conversations", "in French", "turns", "different last questions", "tokens", "of them learnt", "test items"],
            [.. rows, Row("all", all.Sum(r => r.Conversations), all.Sum(r => r.InFrench), all.Sum(r => r.Turns), all.Sum(r => r.Questions), all.Sum(r => r.Tokens), all.Sum(r => r.LossTokens), NanoTasks.All.Sum(task => task.HeldOutCount))]);

        static string[] Row(string name, params long[] numbers) => [name, .. numbers.Select(n => Text($"{n:N0}"))];
    }

    static string Runs() => Table(["run", "steps", "learnt tokens", "loss of the first step", "of the last"], [.. Published.Recipe.Training.Select(stage =>
    {
        TranscriptStep[] steps = [.. Transcript.Read(Published.TranscriptOf(stage.Name)).Steps];
        return (string[])[stage.Name, Text($"{steps.Length:N0}"), Text($"{steps.Sum(s => s.Tokens):N0}"), Text($"{steps[0].Loss:0.000}"), Text($"{steps[^1].Loss:0.000}")];
    })]);

    static string Digests() => Table(["stage", "SHA-256"], [["recipe", $"`{Published.Recipe.Digest}`"], .. Published.Digests.Stages.Select(stage => (string[])[stage.Name, $"`{stage.Sha256}`"])]);

    static string Scores()
    {
        using JsonDocument scores = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(Folder, "scores.json")));
        var text = new StringBuilder();
        text.Append(Table(["kind", "part", "right", "of", "%", "95 % interval", "characters of reasoning"], [.. scores.RootElement.GetProperty("scores").EnumerateArray().Select(row => (string[])[
            row.GetProperty("kind").GetString()!, row.GetProperty("part").GetString()!, Text($"{row.GetProperty("right").GetInt32():N0}"), Text($"{row.GetProperty("all").GetInt32():N0}"),
            Percent(row.GetProperty("share")), $"{Percent(row.GetProperty("lower"))} to {Percent(row.GetProperty("upper"))}", Text($"{row.GetProperty("reasoning_characters").GetDouble():0.0}")])]));
        text.Append('\n').Append(Table(["goal", "part", "what", "aim", "%", "95 % interval", "reached"], [.. scores.RootElement.GetProperty("goals").EnumerateArray().Select(row => (string[])[
            row.GetProperty("kind").GetString()!, row.GetProperty("part").GetString()!, row.GetProperty("what").GetString()!,
            row.TryGetProperty("most", out JsonElement most) ? $"at most {Percent(most)}" : $"at least {Percent(row.GetProperty("least"))}",
            Percent(row.GetProperty("share")), $"{Percent(row.GetProperty("lower"))} to {Percent(row.GetProperty("upper"))}", row.GetProperty("reached").GetBoolean() ? "yes" : "**no**"])]));
        return text.ToString();
    }

    static string Answers(string name)
    {
        using JsonDocument scores = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(Folder, "scores.json")));
        var text = new StringBuilder();
        foreach (JsonElement answer in scores.RootElement.GetProperty(name).EnumerateArray())
        {
            string part = answer.TryGetProperty("part", out JsonElement p) && p.GetString() is { Length: > 0 } word ? $", {word}" : "";
            text.Append(CultureInfo.InvariantCulture, $"- **{answer.GetProperty("kind").GetString()}{part}**\n");
            foreach (JsonElement message in answer.GetProperty("prompt").EnumerateArray()) text.Append(Said(message.GetProperty("role").GetString()!, message));
            text.Append(Said("expected", answer.GetProperty("expected")));
            text.Append(Said("given", answer.GetProperty("given")));
            if (answer.TryGetProperty("fault", out JsonElement fault) && fault.ValueKind == JsonValueKind.String) text.Append(CultureInfo.InvariantCulture, $"  - fault: {Inline(fault.GetString()!)}\n");
        }

        return text.ToString();
    }

    static string Said(string who, JsonElement message)
    {
        var parts = new List<string>();
        if (message.TryGetProperty("thinking", out JsonElement thinking) && thinking.GetString() is { Length: > 0 } thought) parts.Add($"(thinking) {thought}");
        if (message.TryGetProperty("content", out JsonElement content) && content.GetString() is { Length: > 0 } text) parts.Add(text);
        if (message.TryGetProperty("tool_calls", out JsonElement calls)) parts.AddRange(calls.EnumerateArray().Select(call => call.GetProperty("function")).Select(f => $"[{f.GetProperty("name").GetString()} {f.GetProperty("arguments").GetString()}]"));
        return $"  - {who}: {Inline(string.Join(" ", parts))}\n";
    }

    // As code, whatever it holds.
    static string Inline(string text) => text.Length == 0 ? "nothing" : $"`{text.ReplaceLineEndings(" ").Replace('`', '\'')}`";

    /// <summary>The loss of every step of all runs, one after the other.</summary>
    public static string Curve()
    {
        var series = new List<ChartSeries>();
        long before = 0;
        foreach (TrainingStage stage in Published.Recipe.Training)
        {
            TranscriptStep[] steps = [.. Transcript.Read(Published.TranscriptOf(stage.Name)).Steps];
            long from = before;
            series.Add(new ChartSeries(stage.Name, [.. steps.Select(s => ((double)(from + s.Step), s.Loss))]));
            before += steps.Length;
        }

        return LineChart.Write("nano: loss", "step", series);
    }

    static string Table(string[] head, string[][] rows) =>
        string.Concat(rows.Prepend([.. head.Select(_ => "---")]).Prepend(head).Select(row => $"| {string.Join(" | ", row)} |\n"));

    static string Percent(JsonElement share) => Text($"{100 * share.GetDouble():0.0}");

    static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
