using System.CommandLine;
using System.Text.Json;
using Poise.Cli.Host;
using Poise.Cli.Input;
using Poise.Cli.Output;
using Poise.Core.Tokenizers;

namespace Poise.Cli.Verbs;

/// <summary><c>poise tokenize</c>: many texts to ids, or ids to texts, in one process.</summary>
sealed class TokenizeVerb : Verb
{
    readonly Argument<string> _model = new("MODEL")
    {
        Description = "A model, or a tokenizer file: tokenizer.json, SentencePiece .model, tiktoken ranks, vocabulary-only GGUF",
    };
    readonly Argument<string> _texts = new("TEXTS") { Description = "JSON lines {\"id\",\"text\"}, or {\"id\",\"ids\"} with --decode; - reads standard input" };
    readonly Option<bool> _specials = new("--specials") { Description = "Special tokens spelled in a text are special; otherwise they are plain text" };
    readonly Option<bool> _decode = new("--decode") { Description = "Ids to text; ill-formed bytes become U+FFFD" };

    public override string Name => "tokenize";

    public override string Summary => "Turn texts into token ids, or back: JSON lines in, JSON lines out";

    public override IReadOnlyList<string> Examples =>
    [
        "poise tokenize MODEL texts.jsonl > ids.jsonl",
        "poise tokenize tokenizer.json texts.jsonl --specials",
        "poise tokenize MODEL ids.jsonl --decode",
        "echo '{\"id\":1,\"text\":\"Hello\"}' | poise tokenize MODEL -",
    ];

    protected override void Define(Command command)
    {
        command.Arguments.Add(_model);
        command.Arguments.Add(_texts);
        command.Options.Add(_specials);
        command.Options.Add(_decode);
    }

    protected override Task<int> RunAsync(ParseResult parsed, CancellationToken cancellation)
    {
        string path = parsed.GetRequiredValue(_texts);
        bool decode = parsed.GetValue(_decode), specials = parsed.GetValue(_specials);
        if (decode && specials) throw new UsageException("--specials is about texts and has no meaning with --decode.");

        Tokenizer tokenizer = TokenizerSource.Open(parsed.GetRequiredValue(_model));
        using JsonLines lines = JsonLines.Open(path);
        using var output = new JsonLinesWriter(flushes: path == "-");
        while (lines.TryRead(out JsonRecord record))
        {
            cancellation.ThrowIfCancellationRequested();
            output.Write(record.RawId, writer =>
            {
                if (decode) WriteText(writer, tokenizer, record.Ids ?? throw lines.Error("\"ids\" is missing"), lines);
                else WriteIds(writer, tokenizer.Encode(record.Text ?? throw lines.Error("\"text\" is missing"), specials));
            });
        }

        return Task.FromResult(ExitCode.Ok);
    }

    static void WriteIds(Utf8JsonWriter writer, int[] ids)
    {
        writer.WriteStartArray("ids"u8);
        foreach (int id in ids) writer.WriteNumberValue(id);
        writer.WriteEndArray();
    }

    static void WriteText(Utf8JsonWriter writer, Tokenizer tokenizer, int[] ids, JsonLines lines)
    {
        foreach (int id in ids)
            if ((uint)id >= (uint)tokenizer.VocabularySize)
                throw lines.Error($"id {id} is outside the vocabulary (0 to {tokenizer.VocabularySize - 1})");
        writer.WriteString("text"u8, tokenizer.Decode(ids));
    }
}
