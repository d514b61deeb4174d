using System.CommandLine;
using System.Globalization;
using Poise.Cli.Host;
using Poise.Cli.Training;
using Poise.Core.Pretraining;

namespace Poise.Cli.Verbs;

/// <summary><c>poise reproduce</c>: a published training once more, compared stage by stage and step by step.</summary>
sealed class ReproduceVerb : Verb
{
    readonly Argument<string> _name = new("NAME") { Description = "A model that comes with Poise (nano), or a folder with what was published of a training" };
    readonly Option<string?> _out = new("--out") { Description = "The folder of the training; one that was begun there goes on (default: NAME-reproduced)", HelpName = "FOLDER" };
    readonly Option<int> _segment = CommonOptions.Whole("--segment", "Only so many steps of each run, later runs from the published weights: minutes in place of hours; 0 = everything", 0, 0, 1_000_000);
    readonly Option<int> _threads = CommonOptions.Threads();
    readonly Option<bool> _json = new("--json") { Description = "One JSON object a line: stages, runs, steps, end or difference" };

    public override string Name => "reproduce";

    public override string Summary => "Train a published model again from nothing and say what first differs (exit code 3)";

    public override IReadOnlyList<string> Examples =>
    [
        "poise reproduce nano --segment 20",
        "poise reproduce nano --out again",
    ];

    protected override void Define(Command command)
    {
        command.Arguments.Add(_name);
        foreach (Option option in (Option[])[_out, _segment, _threads, _json]) command.Options.Add(option);
    }

    protected override Task<int> RunAsync(ParseResult parsed, CancellationToken cancellation)
    {
        string name = parsed.GetRequiredValue(_name);
        int threads = parsed.GetValue(_threads), segment = parsed.GetValue(_segment);
        PublishedTraining published = ShippedModels.Published(name);
        string folder = parsed.GetValue(_out) ?? $"{published.Recipe.Name}-reproduced{(segment > 0 ? "-segment" : "")}";
        using IPretrainingOutput view = parsed.GetValue(_json) ? new JsonPretrainingView() : new TextPretrainingView(folder, published, threads);
        TrainingDifference? difference = published.Damage();
        if (difference is null)
        {
            var run = new PretrainingRun(published.Recipe, folder, threads, view) { Published = published, Segment = segment };
            bool whole = run.Run(cancellation);
            difference = run.Difference;
            if (difference is null && !whole) throw new OperationCanceledException("The training was interrupted; the same command goes on with it.", cancellation);
        }

        if (difference is not null) view.Differs(difference);
        else view.Finished(Verdict(segment), null);
        return Task.FromResult(difference is null ? ExitCode.Ok : ExitCode.Differs);
    }

    static string Verdict(int segment) => segment == 0 ? "everything is as published, to the bit"
        : string.Create(CultureInfo.InvariantCulture, $"everything up to the first weights, and {segment:N0} steps of each run, are as published, to the bit");
}
