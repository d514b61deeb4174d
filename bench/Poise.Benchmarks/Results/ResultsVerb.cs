using System.CommandLine;
using Poise.Benchmarks.Kernels;
using Poise.Benchmarks.Roofline;
using Poise.Cli.Host;
using Poise.Cli.Verbs;

namespace Poise.Benchmarks.Results;

/// <summary><c>results</c>: everything about the kernels on this machine, as the files that are committed.</summary>
sealed class ResultsVerb : Verb
{
    readonly Argument<string> _folder = new("FOLDER") { Description = "Where the files go, named after the processor: bench/results" };
    readonly Option<int> _rounds = CommonOptions.Whole("--rounds", "Rounds of each measurement, after one that is not counted", 9, 1, 1000);
    readonly Option<string> _picture = new("--picture") { Description = "Also draw the roofline: docs/roofline.svg", HelpName = "SVG" };

    public override string Name => "results";

    public override string Summary => "Measure limits and kernels, and write the files for bench/results";

    public override IReadOnlyList<string> Examples => ["results bench/results", "results bench/results --picture docs/roofline.svg"];

    protected override void Define(Command command)
    {
        command.Arguments.Add(_folder);
        foreach (Option option in (Option[])[_rounds, _picture]) command.Options.Add(option);
    }

    protected override Task<int> RunAsync(ParseResult parsed, CancellationToken cancellation)
    {
        ResultsFile results = KernelsVerb.Measure([], 0, parsed.GetValue(_rounds));
        string path = Path.Combine(parsed.GetRequiredValue(_folder), results.Machine.Slug);
        results.Write(path + ".json");
        File.WriteAllText(path + ".md", ResultsPage.Write(results));
        if (parsed.GetValue(_picture) is { } picture) File.WriteAllText(picture, new RooflineChart(results).Draw());
        Console.WriteLine(path + ".md");
        return Task.FromResult(ExitCode.Ok);
    }
}
