using System.CommandLine;
using System.Globalization;
using System.Text;
using Poise.Cli.Host;
using Poise.Cli.Output;
using Poise.Cli.Training;
using Poise.Core.Library;
using Poise.Core.Training.Data;
using Poise.Core.Training.Recipes;
using Poise.Core.Training.Reports;
using Poise.Core.Training.Runs;

namespace Poise.Cli.Verbs;

/// <summary><c>poise finetune</c>: an adapter learns from examples.</summary>
sealed class FinetuneVerb : Verb
{
    readonly Argument<string> _model = new("MODEL") { Description = "The model to adjust: a GGUF file, a Hugging Face folder, or a folder in OpenAI's original gpt-oss layout" };
    readonly Argument<string[]> _data = new("DATA") { Description = "Files of examples; the recipe's where none is given", Arity = ArgumentArity.ZeroOrMore };
    readonly Option<string?> _recipe = new("--recipe") { Description = "A YAML file with everything that decides what is computed (default: LoRA of rank 8 on all linear layers, one epoch)", HelpName = "FILE" };
    readonly Option<string> _out = new("--out") { Description = "The run's folder: transcript, checkpoints, metrics, and at the end the adapter. A run that was begun there goes on", HelpName = "FOLDER", DefaultValueFactory = _ => "finetune" };
    readonly Option<string?> _adapter = new("--adapter") { Description = "Go on from this adapter, a folder as PEFT writes it", HelpName = "FOLDER" };
    readonly Option<int> _threads = CommonOptions.Threads();
    readonly Option<bool> _dryRun = new("--dry-run") { Description = "Show the data as the model would be trained on them, and train nothing" };
    readonly Option<int> _show = CommonOptions.Whole("--show", "Samples that --dry-run shows", 3, 0, 10_000);

    public override string Name => "finetune";

    public override string Summary => "Train a LoRA adapter from examples, to the same bits on every machine";

    public override IReadOnlyList<string> Examples =>
    [
        "poise finetune MODEL examples.jsonl --dry-run",
        "poise finetune MODEL examples.jsonl --out run",
        "poise finetune MODEL --recipe recipes/gpt-oss-20b-lora.yaml --out run",
    ];

    protected override void Define(Command command)
    {
        command.Arguments.Add(_model);
        command.Arguments.Add(_data);
        foreach (Option option in (Option[])[_recipe, _out, _adapter, _threads, _dryRun, _show]) command.Options.Add(option);
    }

    protected override Task<int> RunAsync(ParseResult parsed, CancellationToken cancellation)
    {
        string model = parsed.GetRequiredValue(_model);
        string[] named = parsed.GetValue(_data) ?? [];
        Recipe recipe;
        string[] data;
        if (parsed.GetValue(_recipe) is { } path)
        {
            recipe = Recipe.Load(path);
            // The recipe's own files lie relative to it.
            data = named.Length > 0 ? named : [.. recipe.Data.Train.Select(file => Path.Combine(Path.GetDirectoryName(Path.GetFullPath(path))!, file))];
        }
        else
        {
            if (named.Length == 0) throw new UsageException("no data: name files of examples, or a --recipe that does");
            (recipe, data) = (Recipe.Parse(Standard(model, named), "the standard recipe"), named);
        }

        if (parsed.GetValue(_dryRun))
        {
            Show(model, recipe, data, parsed.GetValue(_show), cancellation);
            return Task.FromResult(ExitCode.Ok);
        }

        string folder = parsed.GetRequiredValue(_out);
        using var run = new FineTuneRun(recipe, model, data, folder, parsed.GetValue(_threads), parsed.GetValue(_adapter));
        var progress = new ProgressLine();
        string? result;
        try
        {
            result = run.Run(step => progress.Show(Line(step), step.Step, run.Steps), cancellation);
        }
        finally
        {
            progress.Clear();
        }

        if (result is null) throw new OperationCanceledException($"stopped; the same command goes on from the last step in {folder}", cancellation);
        Console.Out.WriteLine(result);
        return Task.FromResult(ExitCode.Ok);
    }

    static string Line(RunMetrics step) => string.Create(CultureInfo.InvariantCulture, $"loss {step.Loss:0.000}, {step.Tokens / Math.Max(step.Seconds, 1e-9):0} targets/s, steps");

    static void Show(string model, Recipe recipe, string[] data, int count, CancellationToken cancellation)
    {
        using ModelPackage package = ModelPackage.Open(model);
        SampleFormat format = SampleFormat.Of(package);
        Dataset read = DatasetReader.Read(data, format, recipe.Method == TrainingMethod.Dpo ? DataPurpose.Preferences : DataPurpose.Samples, cancellation);
        FittedData fitted = FittedData.Of(read, recipe.Data.MaxLength);
        Report.Facts(DatasetReport.Of(read, fitted));
        bool ansi = !Console.IsOutputRedirected;
        var view = new SampleView(format.Tokenizer, ansi, ansi);
        foreach (TrainingSample sample in read.Samples.Take(count)) Console.Out.Write("\n" + view.Show(sample, recipe.Data.MaxLength));
        foreach (PreferencePair pair in read.Pairs.Take(count)) Console.Out.Write("\n" + view.Show(pair, recipe.Data.MaxLength));
    }

    static string Standard(string model, string[] data)
    {
        return new StringBuilder().Append(CultureInfo.InvariantCulture, $$"""
            model: {{RecipeWriter.Quote(Path.GetFileName(Path.TrimEndingDirectorySeparator(model)))}}
            data: {train: [{{string.Join(", ", data.Select(file => RecipeWriter.Quote(Path.GetFileName(file))))}}], packing: true}
            adapter: {kind: lora, r: 8, alpha: 16, target_modules: all-linear}
            optimizer: {learning_rate: 2e-4, max_gradient_norm: 1.0}
            schedule: {kind: cosine, warmup_ratio: 0.03}
            run: {epochs: 1, checkpoint_every: 20}
            """).ToString();
    }
}
