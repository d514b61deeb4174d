using System.CommandLine;
using Poise.Benchmarks.Results;
using Poise.Cli.Host;
using Poise.Cli.Verbs;

namespace Poise.Benchmarks.Roofline;

/// <summary><c>roofline</c>: the picture of a results file.</summary>
sealed class RooflineVerb : Verb
{
    readonly Argument<string> _results = new("RESULTS") { Description = "A results file of `kernels --json` or `results`" };
    readonly Argument<string> _picture = new("SVG") { Description = "The picture to write" };

    public override string Name => "roofline";

    public override string Summary => "Draw a results file: kernels under the roofs of memory and arithmetic";

    public override IReadOnlyList<string> Examples => ["roofline results.json roofline.svg"];

    protected override void Define(Command command)
    {
        command.Arguments.Add(_results);
        command.Arguments.Add(_picture);
    }

    protected override Task<int> RunAsync(ParseResult parsed, CancellationToken cancellation)
    {
        File.WriteAllText(parsed.GetRequiredValue(_picture), new RooflineChart(ResultsFile.Read(parsed.GetRequiredValue(_results))).Draw());
        return Task.FromResult(ExitCode.Ok);
    }
}
