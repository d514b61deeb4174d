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

    // Classes, no variables: viewers other than browsers know them too.
    const string Style = """
        .poise-chart{font:12px system-ui,sans-serif}
        .poise-chart .ink{fill:#1d1d1f} .poise-chart .soft{fill:#6b6b70} .poise-chart .grid{stroke:#e3e3e6} .poise-chart .paper{fill:#ffffff} .poise-chart .s0{stroke:#9dbbe8;fill:none} .poise-chart .k0{fill:#9dbbe8} .poise-chart .s1{stroke:#1f5fbf;fill:none} .poise-chart .k1{fill:#1f5fbf} .poise-chart .s2{stroke:#c2570c;fill:none} .poise-chart .k2{fill:#c2570c} .poise-chart .s3{stroke:#2c7d32;fill:none} .poise-chart .k3{fill:#2c7d32}
        @media(prefers-color-scheme:dark){.poise-chart .ink{fill:#ececee} .poise-chart .soft{fill:#a0a0a6} .poise-chart .grid{stroke:#3a3a3e} .poise-chart .paper{fill:#1b1b1d} .poise-chart .s0{stroke:#47628c;fill:none} .poise-chart .k0{fill:#47628c} .poise-chart .s1{stroke:#7eabf5;fill:none} .poise-chart .k1{fill:#7eabf5} .poise-chart .s2{stroke:#f0a35a;fill:none} .poise-chart .k2{fill:#f0a35a} .poise-chart .s3{stroke:#7cc481;fill:none} .poise-chart .k3{fill:#7cc481}}
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
        svg.Append(CultureInfo.InvariantCulture, $"""<rect width="{Width}" height="{Height}" class="paper"/>""").Append('\n');
        foreach ((double value, string label) in y.Ticks)
        {
            double at = AtY(value);
            svg.Append(CultureInfo.InvariantCulture, $"""<line x1="{left:0.#}" y1="{at:0.#}" x2="{Width - Right:0.#}" y2="{at:0.#}" class="grid"/>""");
            Text(svg, left - 8, at + 4, "end", "soft", label);
        }
        foreach ((double value, string label) in x.Ticks) Text(svg, AtX(value), Height - Bottom + 18, "middle", "soft", label);
        Text(svg, left + plotWidth / 2, Height - 8, "middle", "soft", xLabel);
        Text(svg, left, 20, "start", "ink", title);
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
            Text(svg, end, 20, "end", "soft", series[i].Name);
            end -= series[i].Name.Length * CharacterWidth + 6;
            svg.Append(CultureInfo.InvariantCulture, $"""<rect x="{end - 14:0.#}" y="14" width="14" height="3" class="k{Color(i, series.Count)}"/>""").Append('\n');
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
                svg.Append(CultureInfo.InvariantCulture, $"""<polyline points="{string.Join(' ', points)}" class="s{color}" stroke-width="1.6" stroke-linejoin="round" stroke-linecap="round"/>""").Append('\n');
            points.Clear();
        }
    }

    // The first colour is pale: it is for a noisy line below others, not for a line alone.
    static int Color(int index, int lines) => lines == 1 ? 1 : index % 4;

    static void Text(StringBuilder svg, double x, double y, string anchor, string kind, string text) =>
        svg.Append(CultureInfo.InvariantCulture, $"""<text x="{x:0.#}" y="{y:0.#}" text-anchor="{anchor}" font-size="{FontSize}" class="{kind}">{Escape(text)}</text>""").Append('\n');

    static string Escape(string text) => WebUtility.HtmlEncode(text);
}
