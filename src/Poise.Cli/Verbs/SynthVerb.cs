using System.CommandLine;
using Poise.Cli.Host;
using Poise.Cli.Output;
using Poise.Core.Library;
using Poise.Tensors;

namespace Poise.Cli.Verbs;

/// <summary><c>poise synth</c>: a model of published shape with random weights.</summary>
sealed class SynthVerb : Verb
{
    readonly Argument<string> _shape = new("SHAPE") { Description = $"A published shape: {string.Join(", ", SyntheticModel.Shapes)}" };
    readonly Argument<string> _path = new("OUT") { Description = "The GGUF file or the folder to write" };
    readonly Option<ulong> _seed = CommonOptions.Seed("Same seed, same bytes, on any machine");
    readonly Option<string> _layout = new("--layout") { Description = "gguf, or hf for a Hugging Face folder (default: gguf where OUT ends in .gguf)" };
    readonly Option<TensorType?> _type = new("--type") { Description = "Of matrices other than MXFP4 experts: F32, F16, BF16, Q8_0, Q4_0, Q4_1, Q5_0, Q5_1, Q4_K or Q6_K (default: Q8_0 in GGUF, the publisher's in a folder)", HelpName = "TYPE" };
    readonly Option<int> _layers = CommonOptions.Whole("--layers", "Another number of layers than published; 0 = as published", 0, 0, int.MaxValue);

    public SynthVerb() => _layout.AcceptOnlyFromAmong("gguf", "hf");

    public override string Name => "synth";

    public override string Summary => "Write a model of published shape with random weights, to try speed and memory";

    public override IReadOnlyList<string> Examples =>
    [
        "poise synth gpt-oss-20b out.gguf",
        "poise synth llama-3.2-1b out.gguf --type Q4_K",
        "poise synth gpt-oss-120b out --layout hf --layers 4 --seed 7",
    ];

    protected override void Define(Command command)
    {
        command.Arguments.Add(_shape);
        command.Arguments.Add(_path);
        foreach (Option option in (Option[])[_seed, _layout, _type, _layers]) command.Options.Add(option);
    }

    protected override Task<int> RunAsync(ParseResult parsed, CancellationToken cancellation)
    {
        var progress = new ProgressLine();
        int layers = parsed.GetValue(_layers);
        var options = new SyntheticOptions
        {
            Shape = parsed.GetRequiredValue(_shape),
            Layers = layers == 0 ? null : layers,
            Gguf = parsed.GetValue(_layout) switch { "gguf" => true, "hf" => false, _ => null },
            Type = parsed.GetValue(_type),
            Seed = parsed.GetValue(_seed),
        };
        try
        {
            SyntheticModel.Write(options, parsed.GetRequiredValue(_path), (done, total) => progress.Show("writing", done, total), cancellation);
        }
        finally
        {
            progress.Clear();
        }
        return Task.FromResult(ExitCode.Ok);
    }
}
