using System.CommandLine;
using Poise.Cli.Host;
using Poise.Cli.Training;
using Poise.Core.Pretraining;
using Poise.Tensors;

namespace Poise.Cli.Verbs;

/// <summary><c>poise train</c>: a model from nothing, by a recipe that decides every bit of it.</summary>
sealed class TrainVerb : Verb
{
    readonly Argument<string> _recipe = new("RECIPE") { Description = "A YAML file with a section pretraining; recipes/README.md describes it" };
    readonly Option<string> _out = new("--out") { Description = "The folder of the training: corpus, tokenizer, first weights, a run's folder each, and the model. A training that was begun there goes on", HelpName = "FOLDER", Required = true };
    readonly Option<string?> _publish = new("--publish") { Description = "At the end, put into this folder, which has the recipe, what others compare with: digests, transcripts, the weights between runs, the model", HelpName = "FOLDER" };
    readonly Option<int> _threads = CommonOptions.Threads();
    readonly Option<bool> _json = new("--json") { Description = "One JSON object a line: stages, runs, steps, end" };

    public override string Name => "train";

    public override string Summary => "Train a model from nothing: corpus, tokenizer, weights, artefact, to the same bits on every machine";

    public override IReadOnlyList<string> Examples => ["poise train recipes/nano/nano.yaml --out nano"];

    protected override void Define(Command command)
    {
        command.Arguments.Add(_recipe);
        foreach (Option option in (Option[])[_out, _publish, _threads, _json]) command.Options.Add(option);
    }

    protected override Task<int> RunAsync(ParseResult parsed, CancellationToken cancellation)
    {
        string folder = parsed.GetRequiredValue(_out);
        int threads = parsed.GetValue(_threads);
        PretrainingRecipe recipe = PretrainingRecipe.Load(parsed.GetRequiredValue(_recipe));
        string? publish = parsed.GetValue(_publish);
        // Better now than after hours.
        if (publish is not null && !Directory.Exists(publish)) throw new PoiseException($"The folder {publish} does not exist; --publish takes the one that has the recipe.");
        using IPretrainingOutput view = parsed.GetValue(_json) ? new JsonPretrainingView() : new TextPretrainingView(folder, null, threads);
        var run = new PretrainingRun(recipe, folder, threads, view);
        if (!run.Run(cancellation)) throw new OperationCanceledException("The training was interrupted; the same command goes on with it.", cancellation);
        if (publish is not null) PublishedTraining.Write(recipe, folder, publish);
        view.Finished("The model is trained.", run.ArtefactPath);
        return Task.FromResult(ExitCode.Ok);
    }
}
