using System.Globalization;
using System.Xml.Linq;
using Poise.Core.Training.Reports;
using Poise.Tensors;
using Poise.Tests.Support;

namespace Poise.Tests.Training;

/// <summary>The report of a run: nothing overlaps or leaves the frame, marks are round, every number is in the log.</summary>
public sealed class ReportTests
{
    // A little below the product's own estimate of a character, with which it makes room.
    const double CharacterWidth = 7, TextHeight = 12;

    public static TheoryData<string, double, double, int> Ranges => new()
    {
        { "loss", 0.9, 6.2, 400 }, { "rate", 0, 2e-4, 63 }, { "tiny", 1e-9, 3e-9, 10 }, { "huge", -5e7, 3e8, 5000 }, { "one", 2.5, 2.5, 1 }, { "flat", 0, 0, 30 },
        { "narrow", 4.9999, 5.0001, 100 }, { "negative", -3, -1, 100 }, { "many", 0, 1, 250_000 }, { "none", 0, 0, 0 },
    };

    [Theory]
    [MemberData(nameof(Ranges))]
    public void NothingOverlapsOrLeavesTheFrame(string name, double least, double most, int points)
    {
        (double X, double Y)[] line = [.. Enumerable.Range(0, points).Select(i => (i + 1.0, least + (most - least) * (Philox.Generate(1, 1, (ulong)i).X0 / (double)uint.MaxValue)))];
        string svg = LineChart.Write("Loss & <more>", "step", [new(name, line), new("mean of 10 steps", line), new("evaluation", line)]);
        XElement root = XDocument.Parse(svg).Root!;
        List<Box> texts = [.. root.Elements().Where(e => e.Name.LocalName == "text").Select(TextBox)];
        Assert.True(texts.Count >= 8);
        Assert.Contains(texts, t => t.Text == "Loss & <more>");
        foreach (Box text in texts)
        {
            Assert.True(text.Left >= 0 && text.Right <= LineChart.Width && text.Top >= 0 && text.Bottom <= LineChart.Height, $"{text} leaves the frame");
            foreach (Box other in texts)
                if (text != other) Assert.False(text.Left < other.Right && other.Left < text.Right && text.Top < other.Bottom && other.Top < text.Bottom, $"{text} lies over {other}");
        }
        XElement[] grid = [.. root.Elements().Where(e => e.Name.LocalName == "line")];
        double left = grid.Min(g => Number(g, "x1")), right = grid.Max(g => Number(g, "x2")), top = grid.Min(g => Number(g, "y1")), bottom = grid.Max(g => Number(g, "y1"));
        foreach (XElement polyline in root.Elements().Where(e => e.Name.LocalName == "polyline"))
        {
            (double X, double Y)[] places = [.. polyline.Attribute("points")!.Value.Split(' ').Select(p => p.Split(',')).Select(p => (Parse(p[0]), Parse(p[1])))];
            Assert.All(places, p => Assert.True(p.X >= left - 0.1 && p.X <= right + 0.1 && p.Y >= top - 0.1 && p.Y <= bottom + 0.1, $"{p} is outside of the axes"));
            Assert.True(places.Length <= 2400);
            Assert.Equal(places.Select(p => p.X).Order(), places.Select(p => p.X));
        }
        Assert.Equal(points > 0 ? 3 : 0, root.Elements().Count(e => e.Name.LocalName == "polyline"));
    }

    [Fact]
    public void MarksAreRoundAndValuesStandWhereTheyBelong()
    {
        var scale = new AxisScale(0.93, 6.18, whole: false);
        Assert.Equal(["0", "1", "2", "3", "4", "5", "6", "7"], scale.Ticks.Select(t => t.Label));
        Assert.Equal(3.5 / 7, scale.Place(3.5), 12);
        Assert.Equal(["0", "5e-5", "1e-4", "1.5e-4", "2e-4"], new AxisScale(0, 2e-4, whole: false).Ticks.Select(t => t.Label));
        Assert.Equal(["0", "20", "40", "60", "80"], new AxisScale(1, 63, whole: true).Ticks.Select(t => t.Label));
        Assert.Equal(["2", "3"], new AxisScale(2, 3, whole: true).Ticks.Select(t => t.Label));
        Assert.Equal(["4.9998", "5.0000", "5.0002"], new AxisScale(4.9998, 5.0002, whole: false).Ticks.Select(t => t.Label).Where((_, i) => i % 2 == 0));
    }

    [Fact]
    public void PeaksSurviveThinningAndGapsStayGaps()
    {
        (double, double)[] line = [.. Enumerable.Range(0, 100_000).Select(i => ((double)i, i == 54_321 ? 100.0 : 1.0))];
        Assert.Contains((54_321.0, 100.0), new ChartSeries("x", line).Thin(600));
        string svg = LineChart.Write("t", "x", [new("a", [(1, 1), (2, 2), (3, double.NaN), (4, 3), (5, double.PositiveInfinity)])]);
        Assert.Equal(2, svg.Split("<polyline").Length - 1);
        Assert.DoesNotContain("NaN", svg, StringComparison.Ordinal);
    }

    [Fact]
    public void TheFolderHasEverything()
    {
        using var folder = new TemporaryFolder();
        string log = folder.File(RunReport.MetricsFile);
        RunMetrics[] metrics = [.. Enumerable.Range(1, 200).Select(Metrics)];
        using (var writer = new MetricsLog(log, 0))
            foreach (RunMetrics row in metrics) writer.Append(row);
        Assert.Equal(metrics, MetricsLog.Read(log));
        RunReport.Write(folder.Path, new RunSummary("A run of <tiny>", [("recipe", "abc&def")], [new RunSample(50, "Hello <b>", "<script>alert(1)</script>")], "model: \"<x>\"\n"), metrics);
        string page = File.ReadAllText(folder.File("report.html"));
        Assert.Contains("A run of &lt;tiny&gt;", page, StringComparison.Ordinal);
        Assert.Contains("&lt;script&gt;", page, StringComparison.Ordinal);
        Assert.DoesNotContain("<script", page, StringComparison.Ordinal);
        Assert.DoesNotContain("src=", page, StringComparison.Ordinal);
        Assert.Contains("mean of 6 steps", page, StringComparison.Ordinal);
        Assert.Equal(4, page.Split("<svg").Length - 1);
        foreach (string name in (string[])["loss.svg", "learning-rate.svg", "gradient-norm.svg", "speed.svg"])
            Assert.Equal("poise-chart", XDocument.Load(folder.File(name)).Root!.Attribute("class")!.Value);
    }

    [Fact]
    public void PreferencesHaveChartsOfTheirOwn()
    {
        using var folder = new TemporaryFolder();
        RunMetrics[] metrics = [.. Enumerable.Range(1, 90).Select(step => Metrics(step) with { Margin = step / 10.0, Accuracy = 0.5, EvaluationAccuracy = step % 30 == 0 ? 0.75 : null })];
        RunReport.Write(folder.Path, new RunSummary("Pairs", [], [], "model: x\n"), metrics);
        string page = File.ReadAllText(folder.File("report.html"));
        Assert.Equal(6, page.Split("<svg").Length - 1);
        Assert.Contains("9.000, 0.50", page, StringComparison.Ordinal);
        Assert.Contains("evaluation", File.ReadAllText(folder.File("accuracy.svg")), StringComparison.Ordinal);
        Assert.DoesNotContain("evaluation", File.ReadAllText(folder.File("margin.svg")), StringComparison.Ordinal);
    }

    [Fact]
    public void AResumedLogHasNoStepTwice()
    {
        using var folder = new TemporaryFolder();
        string log = folder.File("m");
        using (var writer = new MetricsLog(log, 0))
            for (int step = 1; step <= 30; step++) writer.Append(Metrics(step));
        File.AppendAllText(log, "{\"step\":31,\"ep");
        using (var writer = new MetricsLog(log, 20))
            for (int step = 21; step <= 25; step++) writer.Append(Metrics(step));
        Assert.Equal(Enumerable.Range(1, 25).Select(Metrics), MetricsLog.Read(log));
    }

    static RunMetrics Metrics(int step) =>
        new(step, step / 100, step == 7 ? double.NaN : 5.0 / step, 1.0 / 3, 1e-4, 1000 + step, 0.5, 1L << 32, step % 50 == 0 ? 4.0 / step : null) { ProcessedTokens = 2000, Margin = step % 3 == 0 ? 0.25 : null };

    sealed record Box(string Text, double Left, double Right, double Top, double Bottom);

    static Box TextBox(XElement element)
    {
        double x = Number(element, "x"), y = Number(element, "y"), width = element.Value.Length * CharacterWidth;
        double left = element.Attribute("text-anchor")!.Value switch { "end" => x - width, "middle" => x - width / 2, _ => x };
        return new Box(element.Value, left, left + width, y - TextHeight + 2, y + 2);
    }

    static double Number(XElement element, string name) => Parse(element.Attribute(name)!.Value);

    static double Parse(string text) => double.Parse(text, CultureInfo.InvariantCulture);
}
