using System.Globalization;
using System.Net;
using System.Text;

namespace Poise.Core.Training.Reports;

/// <summary>A chart of lines as SVG, light or dark as the reader's screen is.</summary>
public static class LineChart
{
    public const int Width = 720, Height = 340;
    // An upper estimate for digits and lower-case letters of a sans-serif face at 12 pixels.
    const double FontSize = 12, CharacterWidth = 7.2;
    const double Top = 44, Bottom = 46, Right = 24, MinLeft = 44;
    const int Columns = 600;

    const string Style = """
        .poise-chart{font:12px system-ui,sans-serif;--ink:#1d1d1f;--soft:#6b6b70;--grid:#e3e3e6;--paper:#ffffff;--s0:#9dbbe8;--s1:#1f5fbf;--s2:#c2570c;--s3:#2c7d32}
        @media(prefers-color-scheme:dark){.poise-chart{--ink:#ececee;--soft:#a0a0a6;--grid:#3a3a3e;--paper:#1b1b1d;--s0:#47628c;--s1:#7eabf5;--s2:#f0a35a;--s3:#7cc481}}
        """;

    public static string Write(string title, string xLabel, IReadOnlyList<ChartSeries> series)
    {
        (double X, double Y)[] finite = [.. series.SelectMany(s => s.Points).Where(p => double.IsFinite(p.X) && double.IsFinite(p.Y))];
        if (finite.Length == 0) finite = [(0, 0)];
        var x = new AxisScale(finite.Min(p => p.X), finite.Max(p => p.X), whole: true);
        var y = new AxisScale(finite.Min(p => p.Y), finite.Max(p => p.Y), whole: false);
        double left = Math.Max(MinLeft, y.Ticks.Max(t => t.Label.Length) * CharacterWidth + 16);
        (double plotWidth, double plotHeight) = (Width - left - Right, Height - Top - Bottom);

        var svg = new StringBuilder();
        svg.Append(CultureInfo.InvariantCulture, $"""<svg xmlns="http://www.w3.org/2000/svg" class="poise-chart" viewBox="0 0 {Width} {Height}" width="{Width}" height="{Height}" role="img" aria-label="{Escape(title)}">""").Append('\n');
        svg.Append("<style>").Append(Style.ReplaceLineEndings("\n")).Append("</style>\n");
        svg.Append(CultureInfo.InvariantCulture, $"""<rect width="{Width}" height="{Height}" fill="var(--paper)"/>""").Append('\n');
        foreach ((double value, string label) in y.Ticks)
        {
            double at = AtY(value);
            svg.Append(CultureInfo.InvariantCulture, $"""<line x1="{left:0.#}" y1="{at:0.#}" x2="{Width - Right:0.#}" y2="{at:0.#}" stroke="var(--grid)"/>""");
            Text(svg, left - 8, at + 4, "end", "var(--soft)", label);
        }
        foreach ((double value, string label) in x.Ticks) Text(svg, AtX(value), Height - Bottom + 18, "middle", "var(--soft)", label);
        Text(svg, left + plotWidth / 2, Height - 8, "middle", "var(--soft)", xLabel);
        Text(svg, left, 20, "start", "var(--ink)", title);
        WriteLegend(svg, series);
        for (int i = 0; i < series.Count; i++) WriteLine(svg, series[i], Color(i, series.Count), AtX, AtY);
        return svg.Append("</svg>\n").ToString();

        double AtX(double value) => left + x.Place(value) * plotWidth;
        double AtY(double value) => Top + (1 - y.Place(value)) * plotHeight;
    }

    /// <summary>From the right edge of the title's line.</summary>
    static void WriteLegend(StringBuilder svg, IReadOnlyList<ChartSeries> series)
    {
        if (series.Count < 2) return;
        double end = Width - Right;
        for (int i = series.Count - 1; i >= 0; i--)
        {
            Text(svg, end, 20, "end", "var(--soft)", series[i].Name);
            end -= series[i].Name.Length * CharacterWidth + 6;
            svg.Append(CultureInfo.InvariantCulture, $"""<rect x="{end - 14:0.#}" y="14" width="14" height="3" fill="var(--s{Color(i, series.Count)})"/>""").Append('\n');
            end -= 14 + 16;
        }
    }

    static void WriteLine(StringBuilder svg, ChartSeries series, int color, Func<double, double> atX, Func<double, double> atY)
    {
        var points = new List<string>();
        foreach ((double x, double y) in series.Thin(Columns))
        {
            if (double.IsFinite(x) && double.IsFinite(y)) points.Add(string.Create(CultureInfo.InvariantCulture, $"{atX(x):0.#},{atY(y):0.#}"));
            else Flush();
        }
        Flush();

        void Flush()
        {
            // A single point has no line; a round end makes it a dot.
            if (points.Count == 1) points.Add(points[0]);
            if (points.Count > 0)
                svg.Append(CultureInfo.InvariantCulture, $"""<polyline points="{string.Join(' ', points)}" fill="none" stroke="var(--s{color})" stroke-width="1.6" stroke-linejoin="round" stroke-linecap="round"/>""").Append('\n');
            points.Clear();
        }
    }

    // The first colour is pale: it is for a noisy line below others, not for a line alone.
    static int Color(int index, int lines) => lines == 1 ? 1 : index % 4;

    static void Text(StringBuilder svg, double x, double y, string anchor, string fill, string text) =>
        svg.Append(CultureInfo.InvariantCulture, $"""<text x="{x:0.#}" y="{y:0.#}" text-anchor="{anchor}" font-size="{FontSize}" fill="{fill}">{Escape(text)}</text>""").Append('\n');

    static string Escape(string text) => WebUtility.HtmlEncode(text);
}
