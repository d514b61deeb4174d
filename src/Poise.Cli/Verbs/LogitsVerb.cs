using System.CommandLine;
using Poise.Cli.Host;
using Poise.Cli.Input;
using Poise.Cli.Output;
using Poise.Core.Adapters;
using Poise.Core.Layers;
using Poise.Core.Library;
using Poise.Core.Models;
using Poise.Tensors;

namespace Poise.Cli.Verbs;

/// <summary><c>poise logits</c>: what the model says at every position of many prompts, for checks against something else.</summary>
sealed class LogitsVerb : Verb
{
    readonly Argument<string> _model = CommonOptions.Model();
    readonly Argument<string> _prompts = new("PROMPTS") { Description = "JSON lines {\"id\",\"ids\"}; - reads standard input" };
    readonly Option<string> _out = new("--out") { Description = "The safetensors file to write: F32 [tokens, vocabulary] under each id", HelpName = "FILE", Required = true };
    readonly Option<bool> _hidden = new("--hidden") { Description = "Also ID.hidden, F32 [layers+1, tokens, hidden]: what enters the first block and leaves each" };
    readonly Option<string> _activations = CommonOptions.Activations();
    readonly Option<string> _placement = CommonOptions.Placement();
    readonly Option<string?> _adapter = CommonOptions.Adapter();
    readonly Option<int> _threads = CommonOptions.Threads();
    readonly Option<bool> _roundYarn = CommonOptions.RoundYarn();

    public override string Name => "logits";

    public override string Summary => "Write the logits (and hidden states) of prompts given as token ids to a safetensors file";

    public override IReadOnlyList<string> Examples =>
    [
        "poise logits MODEL prompts.jsonl --out logits.safetensors",
        "poise logits MODEL prompts.jsonl --out precise.safetensors --activations f32 --hidden",
        "echo '{\"id\":\"a\",\"ids\":[1,2,3]}' | poise logits MODEL - --out a.safetensors",
    ];

    protected override void Define(Command command)
    {
        command.Arguments.Add(_model);
        command.Arguments.Add(_prompts);
        foreach (Option option in (Option[])[_out, _hidden, _adapter, _activations, _placement, _threads, _roundYarn]) command.Options.Add(option);
    }

    protected override Task<int> RunAsync(ParseResult parsed, CancellationToken cancellation)
    {
        string output = parsed.GetRequiredValue(_out);
        bool hidden = parsed.GetValue(_hidden);
        string folder = Path.GetDirectoryName(Path.GetFullPath(output)) ?? "";
        if (!Directory.Exists(folder)) throw new PoiseException($"{output}: the folder {folder} does not exist");
        if (Directory.Exists(output)) throw new PoiseException($"{output}: this is a folder; --out names the file to write");

        using ModelPackage package = ModelPackage.Open(parsed.GetRequiredValue(_model));
        // All prompts are checked before the weights are loaded: a mistake in the last line should not cost the time of the others.
        List<(string Id, int[] Ids)> prompts = ReadPrompts(parsed.GetRequiredValue(_prompts), package.Config, hidden, cancellation);

        var progress = new ProgressLine();
        using Model model = package.Load(new LoadOptions
        {
            Activations = CommonOptions.ParseActivations(parsed.GetValue(_activations)),
            Placement = CommonOptions.ParsePlacement(parsed.GetValue(_placement)),
            Threads = parsed.GetValue(_threads),
            RoundYarnCorners = parsed.GetValue(_roundYarn),
            Progress = (done, total) => progress.Show("loading", done, total),
        });
        progress.Clear();
        using LoadedAdapter? adapter = parsed.GetValue(_adapter) is { } path ? AdapterFile.Load(path, package, model) : null;
        CommonOptions.Warn(adapter);
        using var results = new LogitsFile(output);
        for (int i = 0; i < prompts.Count; i++)
        {
            progress.Show("prompts", i, prompts.Count);
            results.Compute(model, adapter, prompts[i].Id, prompts[i].Ids, hidden, cancellation);
        }
        results.Write();
        progress.Clear();
        return Task.FromResult(ExitCode.Ok);
    }

    static List<(string, int[])> ReadPrompts(string path, ModelConfig config, bool hidden, CancellationToken cancellation)
    {
        var prompts = new List<(string, int[])>();
        var names = new HashSet<string>(StringComparer.Ordinal) { "__metadata__" };
        using JsonLines lines = JsonLines.Open(path);
        while (lines.TryRead(out JsonRecord record))
        {
            cancellation.ThrowIfCancellationRequested();
            int[] ids = record.Ids ?? throw lines.Error("\"ids\" is missing");
            if (record.Id.Length == 0) throw lines.Error("\"id\" is empty, and a tensor needs a name");
            if (!names.Add(record.Id) || (hidden && !names.Add(record.Id + LogitsFile.HiddenSuffix)))
                throw lines.Error($"the id '{record.Id}' names a tensor of its own, and that name is taken already");
            if (ids.Length == 0) throw lines.Error("\"ids\" is empty: there is no position to compute logits for");
            if (ids.Length > config.ContextLength)
                throw lines.Error($"{ids.Length:N0} tokens do not fit in this model's context of {config.ContextLength:N0}");
            foreach (int id in ids)
                if ((uint)id >= (uint)config.VocabularySize)
                    throw lines.Error($"id {id} is outside the vocabulary (0 to {config.VocabularySize - 1})");
            prompts.Add((record.Id, ids));
        }
        return prompts.Count > 0 ? prompts : throw new PoiseException($"{lines.Name}: no prompts in it");
    }
}
