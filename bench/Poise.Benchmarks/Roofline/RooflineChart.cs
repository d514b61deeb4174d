using Poise.Benchmarks.Results;

namespace Poise.Benchmarks.Roofline;

/// <summary>The roofline of a results file: one panel with 1 thread, one with all.</summary>
sealed class RooflineChart
{
    const double Width = 1000, PanelHeight = 520, Left = 60, Right = 20, Top = 70, Below = 60;

    readonly ResultsFile _results;
    readonly RooflinePanel[] _panels;

    public RooflineChart(ResultsFile results)
    {
        _results = results;
        string[] names = [.. results.Kernels.Where(RooflinePanel.Shown).Select(kernel => kernel.Kernel).Distinct()];
        if (names.Length == 0) throw new Tensors.PoiseException("these results have no kernel that multiplies what it reads from memory: nothing to draw");
        if (names.Length > SvgWriter.Colours) throw new Tensors.PoiseException($"a picture has {SvgWriter.Colours} colours, and these results have {names.Length} kernels: name fewer");
        int[] threads = [.. results.Kernels.Where(RooflinePanel.Shown).Select(kernel => kernel.Threads).Distinct().Order()];
        _panels = [.. threads.Select((count, i) =>
            new RooflinePanel(results, count, new Box(Left, Top + i * (PanelHeight + Below), Width - Left - Right, PanelHeight), names))];
    }

    /// <summary>Of each panel.</summary>
    public IEnumerable<IReadOnlyList<PlacedLabel>> Labels => _panels.Select(panel => panel.Labels);

    public string Draw()
    {
        var svg = new SvgWriter(Width, Top + _panels.Length * (PanelHeight + Below));
        svg.Text($"{_results.Machine.Processor}, {_results.Machine.Processors} processors, vectors of {_results.Machine.VectorBits} bits. Numbers at points: rows of activations.",
            Left, 24, "axis", "start");
        foreach (RooflinePanel panel in _panels) panel.Draw(svg);
        return svg.ToString();
    }
}
