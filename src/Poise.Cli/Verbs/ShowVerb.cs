using System.Buffers.Binary;
using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using System.Runtime.ExceptionServices;
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
    readonly Option<string> _out = new("--out") { Description = "With --tensor: write its values as F32 to this safetensors file instead", HelpName = "FILE" };
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
        "poise show MODEL --tensor model.norm.weight --out norm.safetensors",
    ];

    protected override void Define(Command command)
    {
        command.Arguments.Add(_model);
        foreach (Option option in (Option[])[_tensors, _tensor, _out, _context, _json]) command.Options.Add(option);
    }

    protected override Task<int> RunAsync(ParseResult parsed, CancellationToken cancellation)
    {
        string? name = parsed.GetValue(_tensor);
        if (parsed.GetValue(_out) is not null && name is null) throw new UsageException("--out goes with --tensor NAME.");
        (ModelPackage? package, Checkpoint checkpoint, string? note) = Open(parsed.GetRequiredValue(_model));
        // The package owns its checkpoint.
        using IDisposable opened = package is null ? checkpoint : package;
        int[] contexts = parsed.GetValue(_context) ?? [];
        var report = new ModelReport(package, checkpoint, note);

        if (name is not null) ShowTensor(parsed, Find(checkpoint, name), cancellation);
        else if (parsed.GetValue(_json)) WriteJson(json => WriteReport(json, report, checkpoint, contexts, parsed.GetValue(_tensors)));
        else if (parsed.GetValue(_tensors)) TensorReport.WriteListText(checkpoint);
        else report.WriteText(contexts);
        return Task.FromResult(ExitCode.Ok);
    }

    /// <summary>A model, or at least its container with the reason why it is no model that Poise runs.</summary>
    static (ModelPackage?, Checkpoint, string?) Open(string path)
    {
        PoiseException reason;
        try
        {
            ModelPackage package = ModelPackage.Open(path);
            return (package, package.Checkpoint, null);
        }
        catch (PoiseException error)
        {
            reason = error;
        }
        try
        {
            return (null, CheckpointFile.Open(path), reason.Message);
        }
        // A broken .safetensors file is told as such; otherwise the first reason says more about what to do.
        catch (PoiseException) when (!(File.Exists(path) && path.EndsWith(".safetensors", StringComparison.OrdinalIgnoreCase)))
        {
            ExceptionDispatchInfo.Throw(reason);
            throw;
        }
    }

    void ShowTensor(ParseResult parsed, StoredTensor tensor, CancellationToken cancellation)
    {
        if (parsed.GetValue(_out) is { } output)
        {
            var writer = new SafetensorsWriter();
            writer.AddTensor(tensor.Name, TensorType.F32, tensor.Shape, stream => WriteValues(stream, tensor, cancellation));
            writer.Write(output);
            return;
        }
        TensorStatistics statistics = TensorStatistics.Of(tensor, cancellation);
        if (parsed.GetValue(_json)) WriteJson(json => TensorReport.WriteStatisticsJson(json, tensor, statistics));
        else TensorReport.WriteStatisticsText(tensor, statistics);
    }

    static void WriteReport(Utf8JsonWriter json, ModelReport report, Checkpoint checkpoint, int[] contexts, bool withTensors)
    {
        report.WriteJson(json, contexts);
        if (withTensors) TensorReport.WriteListJson(json, checkpoint);
    }

    static void WriteValues(Stream stream, StoredTensor tensor, CancellationToken cancellation)
    {
        byte[] bytes = [];
        foreach (ReadOnlyMemory<float> chunk in TensorStatistics.Decode(tensor, cancellation))
        {
            ReadOnlySpan<float> values = chunk.Span;
            if (bytes.Length < values.Length * sizeof(float)) bytes = new byte[values.Length * sizeof(float)];
            for (int i = 0; i < values.Length; i++) BinaryPrimitives.WriteSingleLittleEndian(bytes.AsSpan(i * sizeof(float)), values[i]);
            stream.Write(bytes, 0, values.Length * sizeof(float));
        }
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
