using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using Poise.Cli.Host;
using Poise.Cli.Output;
using Poise.Core.Library;
using Poise.Tensors;
using Poise.Tensors.Formats;

namespace Poise.Cli.Verbs;

/// <summary><c>poise show</c>: what a model file holds, without loading it.</summary>
sealed class ShowVerb : Verb
{
    readonly Argument<string> _model = CommonOptions.Model();
    readonly Option<bool> _tensors = new("--tensors") { Description = "List the tensors: name, type, shape, bytes" };
    readonly Option<string> _tensor = new("--tensor") { Description = "Statistics of one tensor", HelpName = "NAME" };
    readonly Option<int[]> _context = new("--context")
    {
        Description = "Contexts to tell the KV memory for, in tokens (default: 4096 and the model's own)",
        HelpName = "N,N",
        CustomParser = ParseContexts,
        DefaultValueFactory = _ => [],
    };
    readonly Option<bool> _json = new("--json") { Description = "One JSON object, with exact figures" };

    public override string Name => "show";

    public override string Summary => "Show what a model is: architecture, size, types, tokenizer, memory, licence";

    public override IReadOnlyList<string> Examples =>
    [
        "poise show MODEL",
        "poise show MODEL --context 8192,131072 --json",
        "poise show MODEL --tensors",
        "poise show MODEL --tensor model.norm.weight",
    ];

    protected override void Define(Command command)
    {
        command.Arguments.Add(_model);
        foreach (Option option in (Option[])[_tensors, _tensor, _context, _json]) command.Options.Add(option);
    }

    protected override Task<int> RunAsync(ParseResult parsed, CancellationToken cancellation)
    {
        string? name = parsed.GetValue(_tensor);
        using ModelPackage package = ModelPackage.Open(parsed.GetRequiredValue(_model));
        Checkpoint checkpoint = package.Checkpoint;
        int[] contexts = parsed.GetValue(_context) ?? [];
        var report = new ModelReport(package, checkpoint, note: null);

        if (name is not null) ShowTensor(parsed, Find(checkpoint, name), cancellation);
        else if (parsed.GetValue(_json)) WriteJson(json => WriteReport(json, report, checkpoint, contexts, parsed.GetValue(_tensors)));
        else if (parsed.GetValue(_tensors)) TensorReport.WriteListText(checkpoint);
        else report.WriteText(contexts);
        return Task.FromResult(ExitCode.Ok);
    }

    void ShowTensor(ParseResult parsed, StoredTensor tensor, CancellationToken cancellation)
    {
        TensorStatistics statistics = TensorStatistics.Of(tensor, cancellation);
        if (parsed.GetValue(_json)) WriteJson(json => TensorReport.WriteStatisticsJson(json, tensor, statistics));
        else TensorReport.WriteStatisticsText(tensor, statistics);
    }

    static void WriteReport(Utf8JsonWriter json, ModelReport report, Checkpoint checkpoint, int[] contexts, bool withTensors)
    {
        report.WriteJson(json, contexts);
        if (withTensors) TensorReport.WriteListJson(json, checkpoint);
    }

    static StoredTensor Find(Checkpoint checkpoint, string name) => checkpoint.Find(name)
        ?? throw new PoiseException($"{checkpoint.Path}: no tensor is named '{name}': --tensors lists those that are there");

    static void WriteJson(Action<Utf8JsonWriter> write)
    {
        using Stream output = StandardOutput.OpenBuffered();
        // The default encoder escapes everything that could reach a terminal as a command.
        using (var json = new Utf8JsonWriter(output, new JsonWriterOptions { Indented = true, Encoder = JavaScriptEncoder.Default }))
        {
            json.WriteStartObject();
            write(json);
            json.WriteEndObject();
        }
        output.Write("\n"u8);
    }

    static int[] ParseContexts(ArgumentResult result)
    {
        var contexts = new List<int>();
        foreach (Token token in result.Tokens)
            foreach (string part in token.Value.Split(','))
            {
                if (int.TryParse(part, NumberStyles.None, CultureInfo.InvariantCulture, out int context) && context > 0) contexts.Add(context);
                else result.AddError($"--context takes numbers of tokens such as 4096,32768, not '{token.Value}'.");
            }
        return [.. contexts];
    }
}
