using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using System.Text;
using Poise.Cli.Host;
using Poise.Cli.Output;
using Poise.Core.Generation;
using Poise.Core.Library;
using Poise.Core.Models;
using Poise.Core.Tokenizers;
using Poise.Tensors;

namespace Poise.Cli.Verbs;

/// <summary><c>poise run</c>: a prompt in, text out as it comes.</summary>
sealed class RunVerb : Verb
{
    readonly Argument<string> _model = CommonOptions.Model();
    readonly Argument<string> _prompt = new("PROMPT") { Description = "The text to continue; - reads it from standard input" };
    // Greedy unless told otherwise, whatever the model recommends: the same command then continues a text the same way with every model.
    readonly SamplingOptions _sampling = new(modelDefaults: false);
    readonly Option<int> _context = CommonOptions.Whole("--context", "Tokens of prompt and answer together; 0 = what the model allows", 0, 0, int.MaxValue);
    readonly Option<bool> _specials = new("--specials") { Description = "Special tokens spelled in the prompt are special, and those of the answer are shown; otherwise neither" };
    readonly Option<int> _threads = CommonOptions.Threads();
    readonly Option<string> _activations = CommonOptions.Activations();
    readonly Option<string> _placement = CommonOptions.Placement();
    readonly Option<bool> _roundYarn = CommonOptions.RoundYarn();

    public override string Name => "run";

    public override string Summary => "Continue a prompt, streaming the text to standard output";

    public override IReadOnlyList<string> Examples =>
    [
        "poise run MODEL \"Once upon a time\"",
        "poise run MODEL \"Once upon a time\" --max-tokens 100 --temperature 0.8 --top-p 0.95 --seed 7",
        "poise run MODEL \"Q: Why is the sky blue?\" --stop \"Q:\" --repetition-penalty 1.1 --min-p 0.05 --temperature 1",
        "poise run MODEL - < prompt.txt > answer.txt",
    ];

    protected override void Define(Command command)
    {
        command.Arguments.Add(_model);
        command.Arguments.Add(_prompt);
        _sampling.AddTo(command);
        foreach (Option option in (Option[])[_context, _specials, _threads, _activations, _placement, _roundYarn])
            command.Options.Add(option);
    }

    protected override async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellation)
    {
        string text = parsed.GetRequiredValue(_prompt);
        if (text == "-") text = await new StreamReader(Console.OpenStandardInput(), Encoding.UTF8).ReadToEndAsync(cancellation);

        var progress = new ProgressLine();
        long started = Stopwatch.GetTimestamp();
        using ModelPackage package = ModelPackage.Open(parsed.GetRequiredValue(_model));
        Tokenizer tokenizer = package.Tokenizer;
        int[] prompt = tokenizer.EncodePrompt(text, parsed.GetValue(_specials));
        if (prompt.Length == 0) throw new PoiseException("the prompt is empty, and this model has no token that begins a text: write a word");
        GenerationOptions options = _sampling.Build(parsed, new GenerationOptions(), package.Config.VocabularySize) with
        {
            MaxTokens = FitInContext(parsed, package.Config, prompt.Length),
        };

        using Model model = package.Load(new LoadOptions
        {
            Activations = CommonOptions.ParseActivations(parsed.GetValue(_activations)),
            Placement = CommonOptions.ParsePlacement(parsed.GetValue(_placement)),
            Threads = parsed.GetValue(_threads),
            RoundYarnCorners = parsed.GetValue(_roundYarn),
            Progress = (done, total) => progress.Show("loading", done, total),
        });
        progress.Clear();
        var statistics = new RunStatistics(Stopwatch.GetElapsedTime(started), prompt.Length);
        try
        {
            await StreamAsync(package, model, prompt, options, parsed.GetValue(_specials), statistics, progress, cancellation);
        }
        finally
        {
            progress.Clear();
            if (statistics.NewTokens > 0 || cancellation.IsCancellationRequested) Console.Error.WriteLine(statistics.ToString());
        }
        return ExitCode.Ok;
    }

    static async Task StreamAsync(
        ModelPackage package, Model model, int[] prompt, GenerationOptions options, bool specials,
        RunStatistics statistics, ProgressLine progress, CancellationToken cancellation)
    {
        await using StreamWriter output = StandardOutput.OpenText();
        Tokenizer tokenizer = package.Tokenizer;
        StreamingDecoder decoder = tokenizer.CreateDecoder();
        // The decoder sees the prompt's text first, so that a space or half a character at the seam comes out right.
        foreach (int id in prompt)
            if (id != tokenizer.BosId && (specials || !tokenizer.IsSpecial(id))) decoder.Append(id);
        var stops = new StopStringMatcher(options.StopStrings);
        string last = "";
        void Write(string text)
        {
            if (text.Length == 0) return;
            output.Write(text);
            last = text;
        }

        // Lines of tokens replace the text, but stop strings are found in the text all the same.
        bool isLines = options.TopLogProbs is not null;
        try
        {
            IAsyncEnumerable<TokenChoice> answer = Generator.GenerateChoicesAsync(
                model, prompt, package.StopIds, options, done => progress.Show("reading the prompt", done, prompt.Length), cancellation);
            await foreach (TokenChoice choice in answer)
            {
                if (statistics.NewTokens == 0) progress.Clear();
                statistics.CountToken();
                if (isLines) Write(TokenLines.Format(choice, tokenizer) + "\n");
                if (!specials && tokenizer.IsSpecial(choice.Id)) continue;
                string piece = stops.Append(decoder.Append(choice.Id));
                if (!isLines) Write(piece);
                if (stops.Match is not null) break;
            }
        }
        finally
        {
            statistics.Stop();
            if (statistics.NewTokens > 0 && !isLines)
            {
                Write(stops.Append(decoder.Flush()) + stops.Flush());
                if (!last.EndsWith('\n')) output.Write('\n');
            }
        }
    }

    /// <summary>How many new tokens there is room for. The prompt is never cut: what does not fit is an error with the figures.</summary>
    int FitInContext(ParseResult parsed, ModelConfig config, int promptTokens)
    {
        int asked = parsed.GetValue(_context);
        if (asked > config.ContextLength)
            throw new PoiseException(string.Create(CultureInfo.InvariantCulture, $"--context {asked}: this model's context is {config.ContextLength:N0} tokens"));
        int context = asked > 0 ? asked : config.ContextLength;
        if (promptTokens >= context)
        {
            string remedy = context < config.ContextLength ? $"raise --context (the model allows {config.ContextLength:N0}) or shorten the prompt" : "shorten the prompt";
            throw new PoiseException($"the prompt has {promptTokens:N0} tokens and the context holds {context:N0}, answer included: {remedy}");
        }
        int room = context - promptTokens;
        int maxTokens = _sampling.MaxTokens(parsed);
        if (maxTokens <= room) return maxTokens;
        // A limit that nobody asked for gives way; one that somebody wrote does not.
        if (!_sampling.IsMaxTokensGiven(parsed)) return room;
        throw new PoiseException(
            $"--max-tokens {maxTokens:N0} does not fit: the prompt has {promptTokens:N0} tokens and the context holds {context:N0}, so at most {room:N0} can follow");
    }
}
