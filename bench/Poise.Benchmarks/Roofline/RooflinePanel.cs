using System.Globalization;
using Poise.Benchmarks.Kernels;
using Poise.Benchmarks.Limits;
using Poise.Benchmarks.Results;

namespace Poise.Benchmarks.Roofline;

/// <summary>The roofs for one number of threads, and every kernel that was measured with so many, at each of its sizes.</summary>
sealed class RooflinePanel
{
    const double FontSize = 11, Radius = 3.5;

    static readonly LimitKind[] s_roofs = [LimitKind.Vnni, LimitKind.Int8, LimitKind.Int16, LimitKind.Float];

    readonly ResultsFile _results;
    readonly int _threads;
    readonly Box _area;
    readonly LogAxis _x, _y;
    readonly IReadOnlyList<string> _names;
    readonly List<PlacedLabel> _labels = [];

    /// <param name="area">Between the axes.</param>
    /// <param name="names">Kernels in the order of their colours.</param>
    public RooflinePanel(ResultsFile results, int threads, Box area, IReadOnlyList<string> names)
    {
        (_results, _threads, _area, _names) = (results, threads, area, names);
        // The same axes in every panel, so that they can be compared.
        KernelResult[] all = [.. results.Kernels.Where(Shown)];
        _x = LogAxis.Covering([.. all.Select(Intensity), 0.25], area.X, area.X + area.Width);
        _y = LogAxis.Covering([.. all.Select(kernel => kernel.ProductsPerSecond), .. results.Limits.All.Where(l => s_roofs.Contains(l.Kind)).Select(l => l.Value.Median)],
            area.Y + area.Height, area.Y);
        PlaceLabels();
    }

    public IReadOnlyList<PlacedLabel> Labels => _labels;

    /// <summary>Products from memory: what a roofline is about.</summary>
    public static bool Shown(KernelResult kernel) => kernel.MultiplyAdds > 0 && kernel.ReadBeside is not null;

    static double Intensity(KernelResult kernel) => kernel.MultiplyAdds / kernel.Bytes;

    IEnumerable<KernelResult> Own => _results.Kernels.Where(kernel => Shown(kernel) && kernel.Threads == _threads);

    double X(KernelResult kernel) => _x.At(Intensity(kernel));

    double Y(KernelResult kernel) => _y.At(kernel.ProductsPerSecond);

    string Style(KernelResult kernel) => "k" + _names.ToList().IndexOf(kernel.Kernel).ToString(CultureInfo.InvariantCulture);

    void PlaceLabels()
    {
        var placer = new LabelPlacer(_area, FontSize);
        foreach (KernelResult kernel in Own) placer.Keep(Box.Around(X(kernel), Y(kernel), 2 * Radius, 2 * Radius));
        foreach (LimitKind roof in s_roofs)
            if (_results.Limits.Find(roof, _threads) is { } peak) Add(placer, $"{Word(roof)} {Figures.Show(peak)} GMAC/s", _area.X + 110, _y.At(peak), "axis");
        if (_results.Limits.Find(LimitKind.Read, _threads) is { } read)
            Add(placer, $"memory {Figures.Show(read)} GB/s", _x.At(0.4), _y.At(0.4 * read), "axis");
        // Names first, at the last point of each: they are longest. Then the sizes.
        foreach (IGrouping<string, KernelResult> series in Own.GroupBy(kernel => kernel.Kernel))
        {
            KernelResult last = series.MaxBy(kernel => kernel.Size)!;
            Add(placer, last.Unit == "rows" ? $"{last.Kernel}, {last.Size.ToString(CultureInfo.InvariantCulture)}" : last.Kernel, X(last), Y(last), Style(last));
        }
        foreach (KernelResult kernel in Own.GroupBy(kernel => kernel.Kernel).SelectMany(series => series.OrderBy(kernel => kernel.Size).SkipLast(1)))
            Add(placer, kernel.Size.ToString(CultureInfo.InvariantCulture), X(kernel), Y(kernel), Style(kernel));
    }

    void Add(LabelPlacer placer, string text, double x, double y, string style)
    {
        if (placer.Place(text, x, y) is { } box) _labels.Add(new PlacedLabel(text, box, x, y, style));
    }

    static string Word(LimitKind roof) => roof switch { LimitKind.Vnni => "VNNI products", LimitKind.Int8 => "8-bit products", LimitKind.Int16 => "16-bit products", _ => "F32 products" };

    public void Draw(SvgWriter svg)
    {
        svg.Text($"{_threads} thread{(_threads == 1 ? "" : "s")}", _area.X + _area.Width / 2, _area.Y - 8, "title", "middle");
        foreach (double tick in _x.Ticks)
        {
            svg.Line(_x.At(tick), _area.Y, _x.At(tick), _area.Y + _area.Height, "grid");
            svg.Text(Tick(tick), _x.At(tick), _area.Y + _area.Height + 15, "axis", "middle");
        }
        foreach (double tick in _y.Ticks)
        {
            svg.Line(_area.X, _y.At(tick), _area.X + _area.Width, _y.At(tick), "grid");
            svg.Text(Tick(tick), _area.X - 6, _y.At(tick) + 4, "axis", "end");
        }
        svg.Text("GMAC/s", _area.X - 6, _area.Y - 8, "axis", "end");
        svg.Text("multiply-adds for each byte read", _area.X + _area.Width, _area.Y + _area.Height + 31, "axis", "end");
        DrawRoofs(svg);
        foreach (IGrouping<string, KernelResult> series in Own.GroupBy(kernel => kernel.Kernel))
        {
            KernelResult[] points = [.. series.OrderBy(kernel => kernel.Size)];
            for (int i = 1; i < points.Length; i++) svg.Line(X(points[i - 1]), Y(points[i - 1]), X(points[i]), Y(points[i]), "series " + Style(points[i]));
            foreach (KernelResult kernel in points) svg.Point(X(kernel), Y(kernel), Radius, Style(kernel));
        }
        foreach (PlacedLabel label in _labels)
        {
            if (label.NeedsLine) svg.Line(label.PointX, label.PointY, label.Box.CenterX, label.Box.CenterY, "leader " + label.Style);
        }
        foreach (PlacedLabel label in _labels)
        {
            svg.Rectangle(label.Box, "paper");
            svg.Text(label.Text, label.Box.CenterX, label.Box.Y + label.Box.Height - 3.5, "label " + label.Style, "middle");
        }
    }

    // Each roof: up the slope of memory, then flat.
    void DrawRoofs(SvgWriter svg)
    {
        if (_results.Limits.Find(LimitKind.Read, _threads) is not { } read) return;
        double[] peaks = [.. s_roofs.Select(roof => _results.Limits.Find(roof, _threads)).OfType<double>().Order()];
        if (peaks.Length == 0) return;
        double start = Math.Max(_x.Low, _y.Low / read);
        svg.Line(_x.At(start), _y.At(start * read), _x.At(peaks[^1] / read), _y.At(peaks[^1]), "roof");
        foreach (double peak in peaks) svg.Line(_x.At(peak / read), _y.At(peak), _area.X + _area.Width, _y.At(peak), "roof");
        // Label anchors left of the slope would hang in the air without the roof's own height.
        foreach (double peak in peaks) svg.Line(_area.X, _y.At(peak), _x.At(peak / read), _y.At(peak), "height");
    }

    static string Tick(double value) => value < 1 ? "1/" + (1 / value).ToString(CultureInfo.InvariantCulture) : value.ToString(CultureInfo.InvariantCulture);
}
