using System.Globalization;
using System.Net;
using System.Text;
using Poise.Tensors.Formats;

namespace Poise.Core.Training.Reports;

/// <summary>
/// The folder that a run leaves for people: <c>report.html</c>, which needs nothing but itself, <c>loss.svg</c>,
/// <c>learning-rate.svg</c>, <c>gradient-norm.svg</c>, <c>speed.svg</c> and for preferences <c>margin.svg</c> and <c>accuracy.svg</c>, beside the <c>metrics.jsonl</c> of <see cref="MetricsLog"/>.
/// </summary>
public static class RunReport
{
    public const string MetricsFile = "metrics.jsonl";

    // Steps that the smoothed line looks back on, as a share of the run.
    const int SmoothParts = 30;

    const string Style = """
        :root{color-scheme:light dark}
        body{font:15px/1.5 system-ui,sans-serif;max-width:760px;margin:2rem auto;padding:0 1rem;background:Canvas;color:CanvasText}
        table{border-collapse:collapse;width:100%}td,th{text-align:left;padding:.2rem .8rem .2rem 0;vertical-align:top;overflow-wrap:anywhere}
        th{font-weight:500;opacity:.7;white-space:nowrap}pre{white-space:pre-wrap;overflow-wrap:anywhere;border:1px solid GrayText;padding:.6rem;border-radius:6px}
        svg{max-width:100%;height:auto}h2{margin-top:2rem}
        """;

    public static void Write(string folder, RunSummary summary, IReadOnlyList<RunMetrics> metrics)
    {
        Directory.CreateDirectory(folder);
        (string File, string Chart)[] charts = [.. Charts(metrics)];
        foreach ((string file, string chart) in charts) Save(folder, file, chart);
        Save(folder, "report.html", BuildPage(summary, metrics, [.. charts.Select(c => c.Chart)]));
    }

    static IEnumerable<(string File, string Chart)> Charts(IReadOnlyList<RunMetrics> metrics)
    {
        yield return ("loss.svg", LineChart.Write("Loss", "step", LossSeries(metrics)));
        if (metrics.Any(m => m.Accuracy is not null))
        {
            yield return ("margin.svg", LineChart.Write("Margin of the rewards", "step", Both(metrics, m => m.Margin, m => m.EvaluationMargin)));
            yield return ("accuracy.svg", LineChart.Write("Share of pairs whose wanted answer has the greater reward", "step", Both(metrics, m => m.Accuracy, m => m.EvaluationAccuracy)));
        }

        yield return ("learning-rate.svg", LineChart.Write("Learning rate", "step", [Series("learning rate", metrics, m => m.LearningRate)]));
        yield return ("gradient-norm.svg", LineChart.Write("Norm of the gradients before clipping", "step", [Series("gradient norm", metrics, m => m.GradientNorm)]));
        yield return ("speed.svg", LineChart.Write("Tokens a second", "step", [Series("tokens/s", metrics, m => m.TokensPerSecond)]));
    }

    static ChartSeries[] Both(IReadOnlyList<RunMetrics> metrics, Func<RunMetrics, double?> training, Func<RunMetrics, double?> evaluation)
    {
        (double, double)[] held = [.. metrics.Where(m => evaluation(m) is not null).Select(m => ((double)m.Step, evaluation(m)!.Value))];
        ChartSeries all = Series("training", metrics, m => training(m) ?? double.NaN);
        return held.Length > 0 ? [all, new ChartSeries("evaluation", held)] : [all];
    }

    static ChartSeries[] LossSeries(IReadOnlyList<RunMetrics> metrics)
    {
        var series = new List<ChartSeries> { Series("training", metrics, m => m.Loss) };
        if (metrics.Count >= 2 * SmoothParts) series.Add(Smooth(metrics));
        (double, double)[] evaluations = [.. metrics.Where(m => m.EvaluationLoss is not null).Select(m => ((double)m.Step, m.EvaluationLoss!.Value))];
        if (evaluations.Length > 0) series.Add(new ChartSeries("evaluation", evaluations));
        return [.. series];
    }

    /// <summary>The mean loss of a target over the last steps.</summary>
    static ChartSeries Smooth(IReadOnlyList<RunMetrics> metrics)
    {
        int window = metrics.Count / SmoothParts;
        var points = new List<(double, double)>();
        for (int i = window - 1; i < metrics.Count; i++)
        {
            double loss = 0, tokens = 0;
            for (int j = i - window + 1; j <= i; j++) (loss, tokens) = (loss + metrics[j].Loss * metrics[j].Tokens, tokens + metrics[j].Tokens);
            points.Add((metrics[i].Step, loss / tokens));
        }
        return new ChartSeries(string.Create(CultureInfo.InvariantCulture, $"mean of {window} steps"), points);
    }

    static ChartSeries Series(string name, IReadOnlyList<RunMetrics> metrics, Func<RunMetrics, double> value) =>
        new(name, [.. metrics.Select(m => ((double)m.Step, value(m)))]);

    static string BuildPage(RunSummary summary, IReadOnlyList<RunMetrics> metrics, string[] charts)
    {
        var page = new StringBuilder();
        page.Append($"<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\"><title>{Escape(summary.Title)}</title>\n<style>{Style.ReplaceLineEndings("\n")}</style></head>\n<body>\n");
        page.Append($"<h1>{Escape(summary.Title)}</h1>\n<table>\n");
        foreach ((string name, string value) in summary.Facts.Concat(Totals(metrics))) page.Append($"<tr><th>{Escape(name)}</th><td>{Escape(value)}</td></tr>\n");
        page.Append("</table>\n");
        foreach (string chart in charts) page.Append("<figure style=\"margin:1.5rem 0\">\n").Append(chart).Append("</figure>\n");
        if (summary.Samples.Count > 0) page.Append("<h2>Samples</h2>\n");
        foreach (RunSample sample in summary.Samples)
            page.Append(CultureInfo.InvariantCulture, $"<h3>Step {sample.Step}: {Escape(sample.Prompt)}</h3>\n<pre>{Escape(sample.Answer)}</pre>\n");
        page.Append($"<h2>Recipe</h2>\n<pre>{Escape(summary.Recipe)}</pre>\n<p>Every number of every step: <a href=\"{MetricsFile}\">{MetricsFile}</a>.</p>\n</body></html>\n");
        return page.ToString();
    }

    static IEnumerable<(string, string)> Totals(IReadOnlyList<RunMetrics> metrics)
    {
        if (metrics.Count == 0) yield break;
        double seconds = metrics.Sum(m => m.Seconds);
        long tokens = metrics.Sum(m => m.Tokens);
        yield return ("Steps", Text(metrics[^1].Step, "N0"));
        yield return ("Targets", Text(tokens, "N0"));
        yield return ("Last loss", Text(metrics[^1].Loss, "0.0000"));
        if (metrics.LastOrDefault(m => m.EvaluationLoss is not null)?.EvaluationLoss is { } evaluation) yield return ("Last evaluation loss", Text(evaluation, "0.0000"));
        if (metrics[^1].Accuracy is { } accuracy) yield return ("Last margin and accuracy", $"{Text(metrics[^1].Margin ?? 0, "0.000")}, {Text(accuracy, "0.00")}");
        yield return ("Time in steps", TimeSpan.FromSeconds(Math.Round(seconds)).ToString("c", CultureInfo.InvariantCulture));
        if (seconds > 0) yield return ("Targets a second", Text(tokens / seconds, "N1"));
        yield return ("Largest memory", Text(metrics.Max(m => m.MemoryBytes) / 1e9, "0.00") + " GB");
    }

    static string Text(double value, string format) => value.ToString(format, CultureInfo.InvariantCulture);

    static void Save(string folder, string name, string text) => AtomicFile.Write(Path.Combine(folder, name), stream => stream.Write(Encoding.UTF8.GetBytes(text)));

    static string Escape(string text) => WebUtility.HtmlEncode(text);
}
