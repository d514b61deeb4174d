using System.CommandLine;
using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using Poise.Cli.Host;
using Poise.Cli.Output;
using Poise.Core.Tokenizers.Training;
using Poise.Core.Training.Data;

namespace Poise.Cli.Verbs;

/// <summary><c>poise train-tokenizer</c>: a vocabulary learned from texts.</summary>
sealed class TrainTokenizerVerb : Verb
{
    readonly Argument<string[]> _files = new("FILES") { Description = "Texts to learn from: .txt, or .jsonl and .json with a field such as text or messages", Arity = ArgumentArity.OneOrMore };
    readonly Option<int> _vocabulary = CommonOptions.Whole("--vocabulary", "Tokens in all: special ones, 256 bytes, and what is learned", null, 1, 1 << 22);
    readonly Option<string> _out = new("--out") { Description = "The folder to write tokenizer.json and tokenizer_config.json to; it must not have them yet", HelpName = "FOLDER", Required = true };
    readonly Option<string[]> _special = new("--special") { Description = "Special tokens; they get the first ids, in this order", HelpName = "TOKEN", AllowMultipleArgumentsPerToken = true, DefaultValueFactory = _ => [] };
    readonly Option<bool> _harmony = new("--harmony") { Description = "The special tokens of gpt-oss, before those of --special; conversations are learned from as harmony writes them" };
    readonly Option<string> _split = new("--split") { Description = "How text is cut before merging: o200k, gpt2, llama3, qwen2, or another name that GGUF files use", HelpName = "NAME", DefaultValueFactory = _ => "o200k" };
    readonly Option<int> _frequency = CommonOptions.Whole("--min-frequency", "A pair that occurs less often is not merged", 1, 0, int.MaxValue);
    readonly Option<int> _alphabet = CommonOptions.Whole("--alphabet", "Fewer than 256: only so many bytes, the most frequent; the others are lost from any text", 256, 1, 256);
    readonly Option<int> _threads = CommonOptions.Threads();
    readonly Option<bool> _json = new("--json") { Description = "One JSON object, with exact figures" };

    public TrainTokenizerVerb() => _vocabulary.Required = true;

    public override string Name => "train-tokenizer";

    public override string Summary => "Train a byte-level BPE tokenizer on texts, to the same bits on every machine";

    public override IReadOnlyList<string> Examples =>
    [
        "poise train-tokenizer texts.txt --vocabulary 8192 --out tokenizer --special \"<|endoftext|>\"",
        "poise train-tokenizer chats.jsonl more.txt --vocabulary 4096 --harmony --out tokenizer",
        "poise train-tokenizer texts.txt --vocabulary 32000 --split gpt2 --min-frequency 2 --out tokenizer --json",
    ];

    protected override void Define(Command command)
    {
        command.Arguments.Add(_files);
        foreach (Option option in (Option[])[_vocabulary, _out, _special, _harmony, _split, _frequency, _alphabet, _threads, _json]) command.Options.Add(option);
    }

    protected override Task<int> RunAsync(ParseResult parsed, CancellationToken cancellation)
    {
        bool harmony = parsed.GetValue(_harmony);
        var options = new TokenizerTrainingOptions
        {
            VocabularySize = parsed.GetValue(_vocabulary),
            SpecialTokens = [.. harmony ? HarmonyTokens.All : [], .. parsed.GetValue(_special) ?? []],
            Split = parsed.GetRequiredValue(_split),
            MinimumFrequency = parsed.GetValue(_frequency),
            AlphabetSize = parsed.GetValue(_alphabet),
            Threads = parsed.GetValue(_threads),
        };
        string folder = parsed.GetRequiredValue(_out);
        TokenizerFiles.CheckFolder(folder);
        TrainedTokenizer trained = Train(new TrainingTexts(parsed.GetRequiredValue(_files), harmony), options, cancellation);
        TokenizerFiles.Write(trained, folder);
        Warn(trained);
        if (parsed.GetValue(_json)) WriteJson(trained, folder);
        else WriteText(trained, folder);
        return Task.FromResult(ExitCode.Ok);
    }

    static TrainedTokenizer Train(TrainingTexts texts, TokenizerTrainingOptions options, CancellationToken cancellation)
    {
        var progress = new ProgressLine();
        try
        {
            return TokenizerTrainer.Train(Shown(), options, (done, total) => progress.Show("merging", done, total), cancellation);
        }
        finally
        {
            progress.Clear();
        }

        IEnumerable<TextBatch> Shown()
        {
            foreach (TextBatch batch in texts.Batches())
            {
                progress.Show("reading", texts.Read, texts.Bytes);
                yield return batch;
            }
        }
    }

    static void Warn(TrainedTokenizer trained)
    {
        var notes = new List<string>();
        if (trained.Tokens.Count < trained.Options.VocabularySize)
            notes.Add($"the texts gave {trained.Tokens.Count} tokens of {trained.Options.VocabularySize}: no further pair occurs {Math.Max(1, trained.Options.MinimumFrequency)} times");
        if (trained.Options.AlphabetSize < 256) notes.Add("not every byte is in the vocabulary: text with others loses them");
        CommonOptions.Warn(notes);
    }

    static void WriteText(TrainedTokenizer trained, string folder) => Report.Facts(
    [
        ("tokenizer", folder),
        ("vocabulary", $"{Quantity.Count(trained.Tokens.Count)}: {Quantity.Count(trained.Options.SpecialTokens.Count)} special, {Quantity.Count(trained.Merges.Count)} merges"),
        ("last merge", trained.Merges is [.., var last] ? $"of {Quantity.Count(last.Occurrences)} places" : "none"),
        ("texts", $"{Quantity.Bytes(trained.TextBytes)}, {Quantity.Count(trained.Pieces)} different pieces"),
        ("tokens", string.Create(CultureInfo.InvariantCulture, $"{trained.TextTokens:N0}, {(double)trained.TextBytes / Math.Max(1, trained.TextTokens):0.00} bytes each")),
    ]);

    static void WriteJson(TrainedTokenizer trained, string folder)
    {
        using Stream output = StandardOutput.OpenBuffered();
        using (var json = new Utf8JsonWriter(output, new JsonWriterOptions { Indented = true, NewLine = "\n", Encoder = JavaScriptEncoder.Default }))
        {
            json.WriteStartObject();
            json.WriteString("folder"u8, folder);
            json.WriteNumber("vocabulary"u8, trained.Tokens.Count);
            json.WriteNumber("special_tokens"u8, trained.Options.SpecialTokens.Count);
            json.WriteNumber("merges"u8, trained.Merges.Count);
            json.WriteNumber("last_merge_count"u8, trained.Merges is [.., var last] ? last.Occurrences : 0);
            json.WriteString("split"u8, trained.Options.Split);
            json.WriteNumber("text_bytes"u8, trained.TextBytes);
            json.WriteNumber("text_tokens"u8, trained.TextTokens);
            json.WriteNumber("pieces"u8, trained.Pieces);
            json.WriteEndObject();
        }
        output.Write("\n"u8);
    }
}
