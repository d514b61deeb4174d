using System.CommandLine;
using Poise.Cli.Host;
using Poise.Cli.Output;
using Poise.Core.Adapters;
using Poise.Tensors;

namespace Poise.Cli.Verbs;

/// <summary><c>poise merge</c>: a model with an adapter put into its weights.</summary>
sealed class MergeVerb : Verb
{
    readonly Argument<string> _model = new("BASE") { Description = "The model that the adapter is for: a Hugging Face folder of any architecture, or a GGUF file" };
    readonly Argument<string> _adapter = new("ADAPTER") { Description = "A folder as PEFT writes it, or a GGUF adapter" };
    readonly Argument<string> _path = new("OUT") { Description = "The folder or GGUF file to write, in the layout of the base" };
    readonly Option<string?> _type = new("--type") { Description = "Of matrices that change: F32, F16, BF16, MXFP4 for experts that are MXFP4, in GGUF any type that Poise quantises to (default: as in the base, BF16 where that is quantised)", HelpName = "TYPE" };

    public override string Name => "merge";

    public override string Summary => "Write a model with a LoRA adapter merged into its weights";

    public override IReadOnlyList<string> Examples =>
    [
        "poise merge MODEL ADAPTER out",
        "poise merge model.gguf adapter.gguf out.gguf",
        "poise merge gpt-oss-20b ADAPTER out --type MXFP4",
    ];

    protected override void Define(Command command)
    {
        foreach (Argument argument in (Argument[])[_model, _adapter, _path]) command.Arguments.Add(argument);
        command.Options.Add(_type);
    }

    protected override Task<int> RunAsync(ParseResult parsed, CancellationToken cancellation)
    {
        var progress = new ProgressLine();
        try
        {
            var options = new MergeOptions
            {
                Type = parsed.GetValue(_type) is { } type ? ParseType(type) : null,
                Progress = (done, total) => progress.Show("merging", done, total),
                Cancellation = cancellation,
            };
            IReadOnlyList<string> notes = AdapterMerger.Merge(parsed.GetRequiredValue(_model), parsed.GetRequiredValue(_adapter), parsed.GetRequiredValue(_path), options);
            progress.Clear();
            CommonOptions.Warn(notes);
        }
        finally
        {
            progress.Clear();
        }

        return Task.FromResult(ExitCode.Ok);
    }

    static TensorType ParseType(string name) => Enum.TryParse(name, ignoreCase: true, out TensorType type) && Enum.IsDefined(type) && !char.IsAsciiDigit(name[0])
        ? type : throw new UsageException($"'{name}' is no type of weights that --type knows.");
}
