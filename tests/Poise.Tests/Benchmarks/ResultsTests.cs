using Poise.Benchmarks.Kernels;
using Poise.Benchmarks.Limits;
using Poise.Benchmarks.Results;
using Poise.Benchmarks.Roofline;
using Poise.Cli.Measuring;
using Poise.Tests.House;
using Poise.Tests.Support;

namespace Poise.Tests.Benchmarks;

/// <summary>What is committed about speed is what the generator makes of the measurements that are committed beside it.</summary>
public class ResultsTests
{
    static IEnumerable<string> Files => SourceTree.Files.Where(file => file.StartsWith("bench/results/", StringComparison.Ordinal) && file.EndsWith(".json", StringComparison.Ordinal));

    static ResultsFile Open(string file) => ResultsFile.Read(Path.Combine(SourceTree.Root, file));

    [Fact]
    public void PagesAreThoseOfTheirMeasurements()
    {
        Assert.NotEmpty(Files);
        foreach (string file in Files)
        {
            string page = file.Replace(".json", ".md", StringComparison.Ordinal), expected = ResultsPage.Write(Open(file));
            if (SourceTree.Update) File.WriteAllText(Path.Combine(SourceTree.Root, page), expected);
            else Assert.Equal(expected, SourceTree.Read(page));
            Assert.Equal(Open(file).Machine.Slug, Path.GetFileNameWithoutExtension(file));
        }
    }

    [Fact]
    public void ThePictureIsThatOfOneOfThem()
    {
        const string Picture = "docs/roofline.svg";
        string[] drawn = [.. Files.Select(file => new RooflineChart(Open(file)).Draw())];
        if (SourceTree.Update) File.WriteAllText(Path.Combine(SourceTree.Root, Picture), drawn[0]);
        else Assert.Contains(SourceTree.Read(Picture), drawn);
    }

    [Fact]
    public void NoLabelCoversAnotherAndNoneIsMissing()
    {
        foreach (string file in Files)
        {
            ResultsFile results = Open(file);
            IReadOnlyList<PlacedLabel>[] panels = [.. new RooflineChart(results).Labels];
            // Every point, the roofs of arithmetic, which are measured for the threads of a panel alone, and each panel's slope.
            int roofs = results.Limits.All.Count(limit => limit.Kind is not (LimitKind.Read or LimitKind.Clock));
            Assert.Equal(results.Kernels.Count(RooflinePanel.Shown) + roofs + panels.Length, panels.Sum(labels => labels.Count));
            foreach (IReadOnlyList<PlacedLabel> labels in panels)
                for (int i = 0; i < labels.Count; i++)
                    for (int j = 0; j < i; j++)
                        Assert.False(labels[i].Box.Overlaps(labels[j].Box), $"{labels[i].Text} covers {labels[j].Text}");
        }
    }

    [Fact]
    public void AFileIsReadAsItWasWritten()
    {
        using var temporary = new TemporaryFolder();
        var spread = new Spread(2, 1, 3, 0.5);
        var results = new ResultsFile(new ResultsMachine("Some (R) CPU @ 3", 4, 256, "X64", ".NET"), 5,
            new MachineLimits([new(LimitKind.Read, 1, spread), new(LimitKind.Int8, 1, new Spread(100, 90, 110, 1))]),
            [
                new("A", 8, "rows", 1, LimitKind.Int8, 4e9, 400e9, spread, spread), new("B", 1, "rows", 1, null, 4e9, 0, spread, null),
                new("C", 1, "rows", 1, LimitKind.Int8, 4e9, 40e9, spread, spread),
            ]);
        results.Write(temporary.File("r.json"));
        ResultsFile again = ResultsFile.Read(temporary.File("r.json"));
        Assert.Equal(results.Machine, again.Machine);
        Assert.Equal(results.Kernels, again.Kernels);
        Assert.Equal(results.Limits.All, again.Limits.All);
        Assert.Equal("some-r-cpu-3-4-threads-256-bit", again.Machine.Slug);
        // 400 GMAC at a peak of 100 take 4 s, twice the time: the share cannot be more than what was measured allows, and is told as it is.
        Assert.Equal((2.0, "compute"), (again.Kernels[0].ShareOfLimit(again.Limits)!.Value, again.Kernels[0].Bound(again.Limits)));
        Assert.Equal((null, "-"), (again.Kernels[1].ShareOfLimit(again.Limits), again.Kernels[1].Bound(again.Limits)));
        // 4 GB at 2 GB/s take 2 s, longer than 40 GMAC at 100.
        Assert.Equal((1.0, "memory"), (again.Kernels[2].ShareOfLimit(again.Limits)!.Value, again.Kernels[2].Bound(again.Limits)));
    }
}
