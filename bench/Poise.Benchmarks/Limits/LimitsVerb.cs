using System.CommandLine;
using System.Globalization;
using Poise.Cli.Output;
using Poise.Cli.Verbs;

namespace Poise.Benchmarks.Limits;

/// <summary><c>limits</c>: what the machine can do at most.</summary>
sealed class LimitsVerb : Verb
{
    readonly Option<int> _rounds = CommonOptions.Whole("--rounds", "Rounds of each measurement, after one that is not counted", 9, 1, 1000);

    public override string Name => "limits";

    public override string Summary => "Measure this machine's limits: memory bandwidth, multiply-adds, clock";

    public override IReadOnlyList<string> Examples => ["limits", "limits --rounds 25"];

    protected override void Define(Command command) => command.Options.Add(_rounds);

    protected override Task<int> RunAsync(ParseResult parsed, CancellationToken cancellation)
    {
        Report.Table(["limit", "threads", "median", "lowest", "highest", "unit"],
            MachineLimits.Measure(parsed.GetValue(_rounds)).All.Select(limit => new[]
            {
                limit.What, limit.Threads.ToString(CultureInfo.InvariantCulture), Figures.Show(limit.Value.Median),
                Figures.Show(limit.Value.Minimum), Figures.Show(limit.Value.Maximum), limit.Unit,
            }), [1, 2, 3, 4]);
        return Task.FromResult(0);
    }
}
