using System.CommandLine;
using Poise.Cli.Host;
using Poise.Cli.Output;
using Poise.Core.Library;
using Poise.Tensors;

namespace Poise.Cli.Verbs;

/// <summary><c>poise synth</c>: a model of published shape with random weights.</summary>
sealed class SynthVerb : Verb
{
    const string Mixture = "Q4_K_M";

    readonly Argument<string> _shape = new("SHAPE") { Description = $"A published shape: {string.Join(", ", SyntheticModel.Shapes)}" };
    readonly Argument<string> _path = new("OUT") { Description = "The GGUF file or the folder to write" };
    readonly Option<ulong> _seed = CommonOptions.Seed("Same seed, same bytes, on any machine");
    readonly Option<string> _layout = new("--layout") { Description = "gguf, or hf for a Hugging Face folder (default: gguf where OUT ends in .gguf)" };
    readonly Option<string> _type = new("--type") { Description = "Of matrices other than MXFP4 experts: F32, F16, BF16, Q8_0, Q4_0, Q4_1, Q5_0, Q5_1, Q4_K, Q6_K, or the mixture Q4_K_M (default: Q8_0 in GGUF, the publisher's in a folder)", HelpName = "TYPE" };
    readonly Option<int> _layers = CommonOptions.Whole("--layers", "Another number of layers than published; 0 = as published", 0, 0, int.MaxValue);

    public SynthVerb() => _layout.AcceptOnlyFromAmong("gguf", "hf");

    public override string Name => "synth";

    public override string Summary => "Write a model of published shape with random weights, to try speed and memory";

    public override IReadOnlyList<string> Examples =>
    [
        "poise synth gpt-oss-20b out.gguf",
        "poise synth llama-3.2-1b out.gguf --type Q4_K_M",
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
        string? type = parsed.GetValue(_type);
        bool mixed = string.Equals(type, Mixture, StringComparison.OrdinalIgnoreCase);
        int layers = parsed.GetValue(_layers);
        var options = new SyntheticOptions
        {
            Shape = parsed.GetRequiredValue(_shape),
            Layers = layers == 0 ? null : layers,
            Gguf = parsed.GetValue(_layout) switch { "gguf" => true, "hf" => false, _ => null },
            Type = type is null || mixed ? null : ParseType(type),
            IsQ4KM = mixed,
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

    static TensorType ParseType(string name) => Enum.TryParse(name, ignoreCase: true, out TensorType type) && Enum.IsDefined(type) && !char.IsAsciiDigit(name[0])
        ? type : throw new UsageException($"'{name}' is no type of weights that --type knows.");
}
