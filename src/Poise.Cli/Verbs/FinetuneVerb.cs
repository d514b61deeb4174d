using System.CommandLine;
using Poise.Cli.Host;
using Poise.Cli.Training;
using Poise.Core.Training.Forecasts;
using Poise.Core.Training.Memory;
using Poise.Core.Training.Runs;

namespace Poise.Cli.Verbs;

/// <summary><c>poise finetune</c>: an adapter, or a model as a whole, learns from examples.</summary>
sealed class FinetuneVerb : Verb
{
    readonly Argument<string> _model = new("MODEL") { Description = "The model to adjust: a GGUF file, a Hugging Face folder, or a folder in OpenAI's original gpt-oss layout" };
    readonly Argument<string[]> _data = new("DATA") { Description = "Files of examples; the recipe's where none is given", Arity = ArgumentArity.ZeroOrMore };
    readonly Option<string?> _recipe = new("--recipe") { Description = "A YAML file with everything that decides what is computed (default: LoRA of rank 8 on all linear layers, one epoch)", HelpName = "FILE" };
    readonly Option<string?> _method = new("--method") { Description = "Without a recipe: sft (imitate answers), dpo (prefer one answer to another), full (imitate; all weights learn)" };
    readonly Option<string?> _order = new("--order") { Description = "Of the examples, in place of the recipe's: file (as the files have them) or shuffled (by the recipe's seed, anew each epoch)" };
    readonly Option<string> _out = new("--out") { Description = "The run's folder: transcript, checkpoints, metrics, report, and at the end the adapter or the model. A run that was begun there goes on", HelpName = "FOLDER", DefaultValueFactory = _ => "finetune" };
    readonly Option<string?> _adapter = new("--adapter") { Description = "Go on from this adapter, a folder as PEFT writes it", HelpName = "FOLDER" };
    readonly Option<int> _threads = CommonOptions.Threads();
    readonly Option<bool> _dryRun = new("--dry-run") { Description = "Show the data as the model would be trained on them, and the memory and time that it would take; train nothing" };
    readonly Option<int> _show = CommonOptions.Whole("--show", "Samples that --dry-run shows", 3, 0, 10_000);
    readonly Option<bool> _json = new("--json") { Description = "One JSON object a line: forecast, steps, samples, end" };

    public FinetuneVerb()
    {
        _method.AcceptOnlyFromAmong("sft", "dpo", "full");
        _order.AcceptOnlyFromAmong("file", "shuffled");
    }

    public override string Name => "finetune";

    public override string Summary => "Train a LoRA adapter, or all weights, to the same bits on every machine";

    public override IReadOnlyList<string> Examples =>
    [
        "poise finetune MODEL examples.jsonl --dry-run",
        "poise finetune MODEL examples.jsonl --out run",
        "poise finetune MODEL preferences.jsonl --method dpo --adapter run/adapter --out preferred",
        "poise finetune MODEL --recipe recipes/gpt-oss-20b-lora.yaml --out run",
    ];

    protected override void Define(Command command)
    {
        command.Arguments.Add(_model);
        command.Arguments.Add(_data);
        foreach (Option option in (Option[])[_recipe, _method, _order, _out, _adapter, _threads, _dryRun, _show, _json]) command.Options.Add(option);
    }

    protected override Task<int> RunAsync(ParseResult parsed, CancellationToken cancellation)
    {
        string model = parsed.GetRequiredValue(_model), folder = parsed.GetRequiredValue(_out);
        FinetuneInput input = FinetuneInput.Read(model, parsed.GetValue(_data) ?? [], parsed.GetValue(_recipe), parsed.GetValue(_method));
        if (parsed.GetValue(_order) is { } order) input = input.WithOrder(shuffled: order == "shuffled");
        int threads = parsed.GetValue(_threads);
        bool json = parsed.GetValue(_json);
        if (parsed.GetValue(_dryRun))
        {
            DryRun.Show(model, input, threads, parsed.GetValue(_show), json, cancellation);
            return Task.FromResult(ExitCode.Ok);
        }

        IRunView? view = null;
        using var run = new FineTuneRun(input.Recipe, model, input.Data, folder, threads, parsed.GetValue(_adapter), input.Evaluation)
        {
            Warn = message => view?.Warn(message),
            Sampled = sample => view?.Sample(sample),
        };
        using (view = json ? new JsonRunView() : new TextRunView(run.Steps, folder))
        {
            RunForecast forecast = run.Machine.Forecast;
            view.Begin(new ForecastReport(forecast, SpeedProbe.Measure(run.Machine.Package.Config.HiddenSize, threads)));
            foreach (string note in run.Notes) view.Warn(note);
            string? result = run.Run(view.Step, cancellation);
            view.End(result, forecast.Memory.Check(PeakMemory.Bytes()));
            return result is not null ? Task.FromResult(ExitCode.Ok) : throw new OperationCanceledException("The run was interrupted.", cancellation);
        }
    }
}
