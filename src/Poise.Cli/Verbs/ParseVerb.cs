using System.CommandLine;
using System.Text.Json;
using Poise.Cli.Host;
using Poise.Cli.Input;
using Poise.Cli.Output;
using Poise.Core.Chat.Dialects;
using Poise.Core.Tokenizers;
using Poise.Core.Tokenizers.BuiltIn;
using Poise.Tensors;

namespace Poise.Cli.Verbs;

/// <summary><c>poise parse</c>: what models wrote, as messages; many streams in one process.</summary>
sealed class ParseVerb : Verb
{
    readonly Argument<string> _dialect = new("DIALECT") { Description = "The format: " + string.Join(", ", Dialects.All.Select(row => row.Name)) };
    readonly Argument<string> _streams = new("STREAMS") { Description = "JSON lines {\"id\",\"ids\"} or {\"id\",\"text\"} (special tokens spelled in it count); \"role\" says who the prompt has speaking; - reads standard input" };
    readonly Option<string?> _model = new("--model") { Description = "A model or a tokenizer file whose ids these are; not needed for texts, nor for gpt-oss" };

    public override string Name => "parse";

    public override string Summary => "Turn what a model wrote into messages: JSON lines in, JSON lines out";

    public override IReadOnlyList<string> Examples =>
    [
        "poise parse harmony streams.jsonl",
        "poise parse llama-3 streams.jsonl --model MODEL",
        "echo '{\"id\":1,\"text\":\"<|channel|>final<|message|>Hello<|return|>\"}' | poise parse harmony -",
    ];

    protected override void Define(Command command)
    {
        command.Arguments.Add(_dialect);
        command.Arguments.Add(_streams);
        command.Options.Add(_model);
    }

    protected override Task<int> RunAsync(ParseResult parsed, CancellationToken cancellation)
    {
        string name = parsed.GetRequiredValue(_dialect);
        DialectRow row = Dialects.All.FirstOrDefault(r => r.Name == name)
            ?? throw new UsageException($"There is no dialect \"{name}\"; known are {string.Join(", ", Dialects.All.Select(r => r.Name))}.");
        string path = parsed.GetRequiredValue(_streams);
        Tokenizer? vocabulary = parsed.GetValue(_model) is { } model ? TokenizerSource.Open(model) : row.Vocabulary?.Invoke();
        var ofTexts = new Lazy<StreamReading>(() => new StreamReading(row, vocabulary ?? SpelledTokenizer.Create(row.SpecialTokens)));
        var ofIds = new Lazy<StreamReading>(() => new StreamReading(row, vocabulary
            ?? throw new PoiseException($"Ids need the vocabulary that they belong to: add --model and a model that speaks {name}, or give texts.")));
        using JsonLines lines = JsonLines.Open(path);
        using var output = new JsonLinesWriter(flushes: path == "-");
        while (lines.TryReadRaw(out ReadOnlyMemory<byte> line))
        {
            cancellation.ThrowIfCancellationRequested();
            JsonRecord record;
            try
            {
                record = JsonRecord.Parse(line.Span);
            }
            catch (JsonException error)
            {
                output.WriteError("null", lines.Error(JsonLines.Explain(error)).Message);
                continue;
            }

            StreamReading? reading = record.Ids is not null ? ofIds.Value : record.Text is not null ? ofTexts.Value : null;
            if (reading is null) output.WriteError(record.RawId, "the line has neither \"ids\" nor \"text\"");
            else output.Write(record.RawId, writer => reading.Write(writer, record));
        }

        return Task.FromResult(ExitCode.Ok);
    }
}
