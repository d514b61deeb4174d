using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using Poise.Cli.Host;
using Poise.Cli.Output;
using Poise.Cli.Training;
using Poise.Core.Training.Replaying;

namespace Poise.Cli.Verbs;

/// <summary><c>poise replay</c>: whether a training run computed what its transcript says.</summary>
sealed class ReplayVerb : Verb
{
    readonly Argument<string> _transcript = new("TRANSCRIPT") { Description = "The transcript.jsonl of a training run, or the run's folder; its checkpoints lie beside it" };
    readonly Option<(long From, long To)> _steps = new("--steps")
    {
        Description = "Steps to check, counted from 1; one end may be left out (default: all). Computing begins at the last checkpoint before them",
        HelpName = "A..B",
        CustomParser = ParseSteps,
    };
    readonly Option<string?> _model = new("--model") { Description = "The model that the run started from: a Hugging Face folder (default: the name in the recipe, here or beside the run)", HelpName = "PATH" };
    readonly Option<string[]> _data = new("--data")
    {
        Description = "The files that the run read, in its order (default: their names, here or beside the run)",
        HelpName = "FILES",
        AllowMultipleArgumentsPerToken = true,
    };
    readonly Option<string?> _adapter = new("--adapter") { Description = "The adapter that the run went on from, if it did", HelpName = "FOLDER" };
    readonly Option<int> _threads = CommonOptions.Threads();
    readonly Option<bool> _json = new("--json") { Description = "One JSON object" };

    public override string Name => "replay";

    public override string Summary => "Compute steps of a training run again and say where they first differ from its transcript (exit code 3)";

    public override IReadOnlyList<string> Examples =>
    [
        "poise replay run",
        "poise replay run/transcript.jsonl --steps 41..50 --model MODEL --data examples.jsonl",
        "poise replay run --steps 41.. --threads 2 --json",
    ];

    protected override void Define(Command command)
    {
        command.Arguments.Add(_transcript);
        foreach (Option option in (Option[])[_steps, _model, _data, _adapter, _threads, _json]) command.Options.Add(option);
    }

    protected override Task<int> RunAsync(ParseResult parsed, CancellationToken cancellation)
    {
        var progress = new ProgressLine();
        (long from, long to) = parsed.GetValue(_steps);
        ReplayResult result;
        try
        {
            result = Replay.Run(new ReplayOptions(parsed.GetRequiredValue(_transcript))
            {
                From = from,
                To = to,
                Model = parsed.GetValue(_model),
                Data = parsed.GetValue(_data) ?? [],
                Adapter = parsed.GetValue(_adapter),
                Threads = parsed.GetValue(_threads),
                Progress = (what, done, total) =>
                {
                    // Several threads read the base.
                    lock (progress) progress.Show(what, done, total);
                },
            }, cancellation);
        }
        finally
        {
            progress.Clear();
        }

        if (parsed.GetValue(_json)) ReplayReport.WriteJson(result);
        else ReplayReport.WriteText(result);
        if (!result.IsComplete) throw new OperationCanceledException("stopped", cancellation);
        return Task.FromResult(result.Finding is null ? ExitCode.Ok : ExitCode.Differs);
    }

    static (long From, long To) ParseSteps(ArgumentResult result)
    {
        string text = result.Tokens.Count == 1 ? result.Tokens[0].Value : "";
        string[] ends = text.Split("..");
        bool valid = ends.Length <= 2 && text is not ("" or "..");
        (long from, long to) = (Number(ends[0]), Number(ends[^1]));
        if (!valid || (to != 0 && from > to)) result.AddError($"--steps takes two numbers from 1 on such as 41..50, or 41.., ..50, 41, not '{text}'.");
        return (from, to);

        // 0 where there is none.
        long Number(string digits)
        {
            if (digits.Length == 0) return 0;
            if (!long.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out long number) || number == 0) valid = false;
            return number;
        }
    }
}
