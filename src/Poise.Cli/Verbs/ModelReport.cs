using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Poise.Cli.Output;
using Poise.Core.Library;
using Poise.Core.Models;
using Poise.Tensors;
using Poise.Tensors.Formats;

namespace Poise.Cli.Verbs;

/// <summary>
/// What <c>poise show</c> says about a model. Where the model is none that Poise knows, the facts of its container are told
/// all the same, and <see cref="Note"/> says why there are no more.
/// </summary>
sealed class ModelReport
{
    const int StandardContext = 4096;

    readonly ModelPackage? _package;
    readonly Checkpoint _checkpoint;
    readonly List<(TensorType Type, int Tensors, long Elements, long Bytes)> _census;

    public ModelReport(ModelPackage? package, Checkpoint checkpoint, string? note)
    {
        _package = package;
        _checkpoint = checkpoint;
        Note = note;
        _census = [.. checkpoint.Tensors.GroupBy(t => t.Type)
            .Select(g => (g.Key, g.Count(), g.Sum(t => t.Elements), g.Sum(t => t.ByteLength)))
            .OrderByDescending(row => row.Item4).ThenBy(row => row.Key)];
    }

    public string? Note { get; }

    long WeightBytes => _census.Sum(row => row.Bytes);

    /// <summary>The contexts whose memory is told: those asked for, else 4,096 and the most that the model allows.</summary>
    static IReadOnlyList<int> Contexts(ModelConfig config, IReadOnlyList<int> asked)
    {
        foreach (int context in asked)
            if (context > config.ContextLength)
                throw new PoiseException($"--context {context:N0}: this model's context is {config.ContextLength:N0} tokens");
        return asked.Count > 0 ? asked : [.. new[] { Math.Min(StandardContext, config.ContextLength), config.ContextLength }.Distinct()];
    }

    public void WriteText(IReadOnlyList<int> contexts)
    {
        List<(string, string)> facts = [("file", _checkpoint.Path)];
        if (_package is not null)
        {
            ModelConfig config = _package.Config;
            facts.Add(("name", _package.Name ?? "-"));
            facts.Add(("layout", _package.Layout));
            facts.Add(("architecture", config.Architecture));
            facts.Add(("parameters", Quantity.Parameters(_package.Parameters)));
            facts.Add(("active per token", Quantity.Parameters(_package.ActiveParameters)));
            facts.Add(("layers", $"{config.Layers} of {config.HiddenSize}, {config.Heads} heads of {config.HeadSize}, {config.KeyValueHeads} key-value heads"));
            if (config.Experts > 0) facts.Add(("experts", $"{config.ActiveExperts} of {config.Experts} per token"));
            facts.Add(("context", $"{Quantity.Count(config.ContextLength)} tokens"));
            facts.Add(("tokenizer", TokenizerFacts(_package) is { Kind: var kind, Size: var size } ? $"{kind}, {Quantity.Count(size)} ids" : "none"));
            facts.Add(("chat template", TemplateDigest(_package) is { } digest ? $"SHA-256 {digest}" : "none"));
            facts.Add(("licence", _package.Licence ?? "not stated"));
        }
        facts.Add(("tensors", Quantity.Count(_checkpoint.Tensors.Count)));
        facts.Add(("weights", Quantity.Bytes(WeightBytes)));
        if (_package is not null)
            foreach (int context in Contexts(_package.Config, contexts))
                facts.Add(($"KV at {Quantity.Count(context)}", Quantity.Bytes(_package.Config.KeyValueBytes(context))));
        if (Note is not null) facts.Add(("note", Note));
        Report.Facts(facts);
        Console.Out.WriteLine();
        Report.Table(["type", "tensors", "elements", "bytes"],
            _census.Select(row => new[] { row.Type.ToString(), Quantity.Count(row.Tensors), Quantity.Count(row.Elements), Quantity.Count(row.Bytes) }), [1, 2, 3]);
    }

    public void WriteJson(Utf8JsonWriter json, IReadOnlyList<int> contexts)
    {
        json.WriteString("file", _checkpoint.Path);
        if (_package is not null)
        {
            ModelConfig config = _package.Config;
            json.WriteString("name", _package.Name);
            json.WriteString("layout", _package.Layout);
            json.WriteString("architecture", config.Architecture);
            json.WriteNumber("parameters", _package.Parameters);
            json.WriteNumber("activeParameters", _package.ActiveParameters);
            json.WriteNumber("layers", config.Layers);
            json.WriteNumber("hiddenSize", config.HiddenSize);
            json.WriteNumber("heads", config.Heads);
            json.WriteNumber("keyValueHeads", config.KeyValueHeads);
            json.WriteNumber("headSize", config.HeadSize);
            json.WriteNumber("experts", config.Experts);
            json.WriteNumber("activeExperts", config.ActiveExperts);
            json.WriteNumber("vocabulary", config.VocabularySize);
            json.WriteNumber("context", config.ContextLength);
            json.WritePropertyName("tokenizer");
            if (TokenizerFacts(_package) is { } tokenizer)
            {
                json.WriteStartObject();
                json.WriteString("kind", tokenizer.Kind);
                json.WriteNumber("size", tokenizer.Size);
                json.WriteEndObject();
            }
            else json.WriteNullValue();
            json.WriteString("templateSha256", TemplateDigest(_package));
            json.WriteString("licence", _package.Licence);
        }
        json.WriteNumber("weightBytes", WeightBytes);
        if (_package is not null)
        {
            json.WriteStartObject("keyValueBytes");
            foreach (int context in Contexts(_package.Config, contexts))
                json.WriteNumber(context.ToString(CultureInfo.InvariantCulture), _package.Config.KeyValueBytes(context));
            json.WriteEndObject();
        }
        json.WriteStartArray("types");
        foreach ((TensorType type, int tensors, long elements, long bytes) in _census)
        {
            json.WriteStartObject();
            json.WriteString("type", type.ToString());
            json.WriteNumber("tensors", tensors);
            json.WriteNumber("elements", elements);
            json.WriteNumber("bytes", bytes);
            json.WriteEndObject();
        }
        json.WriteEndArray();
        if (Note is not null) json.WriteString("note", Note);
    }

    static (string Kind, int Size)? TokenizerFacts(ModelPackage package)
    {
        try
        {
            return (package.Tokenizer.Kind, package.Tokenizer.VocabularySize);
        }
        catch (PoiseException)
        {
            // A model without a tokenizer is still worth showing.
            return null;
        }
    }

    static string? TemplateDigest(ModelPackage package) =>
        package.ChatTemplate is { } template ? Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(template))) : null;
}
