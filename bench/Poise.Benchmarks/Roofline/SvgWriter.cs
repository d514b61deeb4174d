using System.Globalization;
using System.Security;
using System.Text;

namespace Poise.Benchmarks.Roofline;

/// <summary>A picture of lines, points and text. Colours are in its style sheet, for light and for dark pages.</summary>
sealed class SvgWriter(double width, double height)
{
    static readonly string[] s_light = ["#1d4ed8", "#b91c1c", "#047857", "#a16207", "#7e22ce", "#be185d", "#0f766e", "#4d7c0f", "#9a3412", "#475569"];
    static readonly string[] s_dark = ["#7aa7ff", "#ff8a80", "#4ade80", "#facc15", "#c99bff", "#ff8cc6", "#5eead4", "#bef264", "#fdba74", "#cbd5e1"];

    readonly StringBuilder _body = new();

    public static int Colours => s_light.Length;

    public void Line(double x1, double y1, double x2, double y2, string style) => Element(
        $"<line x1=\"{Of(x1)}\" y1=\"{Of(y1)}\" x2=\"{Of(x2)}\" y2=\"{Of(y2)}\" class=\"{Prefixed(style)}\"/>");

    public void Point(double x, double y, double radius, string style) => Element($"<circle cx=\"{Of(x)}\" cy=\"{Of(y)}\" r=\"{Of(radius)}\" class=\"f{style}\"/>");

    public void Rectangle(Box box, string style) =>
        Element($"<rect x=\"{Of(box.X)}\" y=\"{Of(box.Y)}\" width=\"{Of(box.Width)}\" height=\"{Of(box.Height)}\" class=\"{style}\"/>");

    public void Text(string text, double x, double y, string style, string anchor)
    {
        string classes = string.Join(' ', style.Split(' ').Select(word => word[0] == 'k' ? "f" + word : word));
        Element($"<text x=\"{Of(x)}\" y=\"{Of(y)}\" text-anchor=\"{anchor}\" class=\"{classes}\">{SecurityElement.Escape(text)}</text>");
    }

    public override string ToString()
    {
        var svg = new StringBuilder();
        svg.Append(CultureInfo.InvariantCulture, $"<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {Of(width)} {Of(height)}\" width=\"{Of(width)}\" height=\"{Of(height)}\" font-family=\"Helvetica, Arial, sans-serif\">\n");
        svg.Append("<style>\n").Append(Sheet("#ffffff", "#1f2328", "#e5e7eb", "#57606a", s_light));
        svg.Append("@media (prefers-color-scheme: dark) {\n").Append(Sheet("#0d1117", "#e6edf3", "#262c36", "#9aa4af", s_dark)).Append("}\n");
        svg.Append("text{font-size:11px}.title{font-size:15px;font-weight:bold}.label{font-size:11px}.series{stroke-width:1.2;stroke-opacity:.55}.roof{stroke-width:2}.height{stroke-width:1;stroke-dasharray:2 5}.leader{stroke-width:.7;stroke-opacity:.7}.paper{fill-opacity:.75}\n");
        svg.Append("</style>\n");
        svg.Append(CultureInfo.InvariantCulture, $"<rect width=\"{Of(width)}\" height=\"{Of(height)}\" class=\"paper\" style=\"fill-opacity:1\"/>\n");
        return svg.Append(_body).Append("</svg>\n").ToString();
    }

    static string Sheet(string paper, string ink, string grid, string faint, string[] colours)
    {
        var sheet = new StringBuilder();
        sheet.Append(CultureInfo.InvariantCulture, $".paper{{fill:{paper}}}.title{{fill:{ink}}}.axis{{fill:{faint}}}.grid{{stroke:{grid}}}.roof,.height{{stroke:{ink}}}.saxis{{stroke:{faint}}}\n");
        for (int i = 0; i < colours.Length; i++) sheet.Append(CultureInfo.InvariantCulture, $".fk{i}{{fill:{colours[i]}}}.sk{i}{{stroke:{colours[i]}}}");
        return sheet.Append('\n').ToString();
    }

    void Element(string element) => _body.Append(element).Append('\n');

    // Lines have colours of their own classes: a stroke, where text and points have a fill.
    static string Prefixed(string style) => string.Join(' ', style.Split(' ').Select(word => word[0] == 'k' || word == "axis" ? "s" + word : word));

    static string Of(double value) => Math.Round(value, 1).ToString(CultureInfo.InvariantCulture);
}
