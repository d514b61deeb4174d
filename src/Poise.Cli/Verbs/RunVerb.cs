using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using System.Text;
using Poise.Cli.Host;
using Poise.Cli.Output;
using Poise.Core.Chat;
using Poise.Core.Client;
using Poise.Core.Engine;
using Poise.Core.Generation;
using Poise.Core.Library;
using Poise.Core.Models;
using Poise.Tensors;

namespace Poise.Cli.Verbs;

/// <summary><c>poise run</c>: one prompt in, text out as it comes; or a file of prompts at once, answers as JSON lines.</summary>
sealed class RunVerb : Verb
{
    readonly Argument<string?> _model = CommonOptions.ModelOrDefault();
    readonly Argument<string?> _prompt = new("PROMPT") { Description = "What to say to the model, or with --raw to continue; - reads it from standard input", Arity = ArgumentArity.ZeroOrOne };
    readonly Option<string?> _system = new("--system") { Description = "Instructions for the model", HelpName = "TEXT" };
    readonly Option<string?> _effort = CommonOptions.Effort();
    readonly Option<bool> _raw = new("--raw") { Description = "Continue the prompt as a text; what happens anyway with models that bring no chat template" };
    readonly Option<string?> _template = CommonOptions.Template();
    readonly Option<string?> _batch = new("--batch") { Description = "Answer every line of a file at once, a text or {\"id\",\"prompt\"} or {\"id\",\"messages\"}; a JSON line each, in order; - reads standard input", HelpName = "FILE" };
    readonly Option<bool> _json = new("--json") { Description = "The answer as one JSON object: text, reasoning, tool calls, why it ended, tokens and times" };
    readonly Option<bool> _showReasoning = new("--show-reasoning") { Description = "Reasoning on standard error" };
    // Greedy unless told otherwise, whatever the model recommends: the same command then answers the same way with every model.
    readonly SamplingOptions _sampling = new(modelDefaults: false);
    readonly Option<int> _context = CommonOptions.Whole("--context", "Tokens of prompt and answer together; 0 = what the model allows", 0, 0, int.MaxValue);
    readonly Option<bool> _specials = new("--specials") { Description = "With --raw: special tokens spelled in the prompt are special, and those of the answer are shown; otherwise neither" };
    readonly Option<string?> _adapter = CommonOptions.Adapter();
    readonly Option<int> _threads = CommonOptions.Threads();
    readonly Option<int> _draft = CommonOptions.Draft();
    readonly Option<string> _activations = CommonOptions.Activations();
    readonly Option<string> _placement = CommonOptions.Placement();
    readonly Option<bool> _roundYarn = CommonOptions.RoundYarn();

    public override string Name => "run";

    public override string Summary => "Answer a prompt, streaming the text to standard output";

    public override IReadOnlyList<string> Examples =>
    [
        "poise run \"Who are you?\"",
        "poise run MODEL \"Why is the sky blue?\" --system \"Answer in one sentence.\" --effort low",
        "poise run MODEL \"Once upon a time\" --raw --max-tokens 100 --temperature 0.8 --top-p 0.95 --seed 7",
        "poise run MODEL \"Q: Why is the sky blue?\" --raw --stop \"Q:\" --repetition-penalty 1.1 --min-p 0.05 --temperature 1",
        "poise run MODEL - < prompt.txt > answer.txt",
        "poise run MODEL --batch prompts.jsonl > answers.jsonl",
    ];

    protected override void Define(Command command)
    {
        command.Arguments.Add(_model);
        command.Arguments.Add(_prompt);
        foreach (Option option in (Option[])[_system, _effort, _raw, _template, _batch, _json, _showReasoning]) command.Options.Add(option);
        _sampling.AddTo(command);
        foreach (Option option in (Option[])[_context, _adapter, _specials, _threads, _draft, _activations, _placement, _roundYarn])
            command.Options.Add(option);
    }

    protected override async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellation)
    {
        (string path, string? prompt) = ShippedModels.Resolve(parsed.GetValue(_model), parsed.GetValue(_prompt), parsed.GetValue(_batch) is not null);
        CheckUsage(parsed, prompt is not null);
        long started = Stopwatch.GetTimestamp();
        string? batch = parsed.GetValue(_batch);
        List<RunInput> inputs = batch is not null ? [.. RunInput.ReadLines(batch)] : [new RunInput(null, await PromptAsync(prompt!, cancellation), null)];
        if (inputs.Count == 0) throw new PoiseException($"{batch}: no prompt in it");

        var progress = new ProgressLine();
        ModelPackage package = ModelPackage.Open(path);
        var jobs = new List<RunJob>();
        LocalModel model;
        try
        {
            (string, string)? template = CommonOptions.ReadTemplate(parsed.GetValue(_template));
            IChatDialect? dialect = Dialect(parsed, package, template);
            var prompting = new RunPrompting(parsed.GetValue(_system), CommonOptions.ParseEffort(parsed.GetValue(_effort)), parsed.GetValue(_specials));
            GenerationOptions options = _sampling.Build(parsed, new GenerationOptions(), package.Config.VocabularySize);
            // Prompts first: one that does not fit should not wait for the weights.
            foreach (RunInput input in inputs)
            {
                int total = 0;
                AnswerPlan plan = input.Plan(package, dialect, prompting, batch is null ? done => progress.Show("reading the prompt", done, total) : null);
                if (plan.Prompt.IsEmpty) throw new PoiseException("the prompt is empty, and this model has no token that begins a text: write a word");
                total = plan.Prompt.Length;
                jobs.Add(new RunJob(input.RawId, plan, options with { MaxTokens = FitInContext(parsed, package.Config, total) }));
            }

            model = LocalModel.Load(package, new LocalModelOptions
            {
                Load = new LoadOptions
                {
                    Activations = CommonOptions.ParseActivations(parsed.GetValue(_activations)),
                    Placement = CommonOptions.ParsePlacement(parsed.GetValue(_placement)),
                    Threads = parsed.GetValue(_threads),
                    RoundYarnCorners = parsed.GetValue(_roundYarn),
                    Progress = (done, total) => progress.Show("loading", done, total),
                },
                Engine = new EngineOptions { ContextLength = jobs.Max(job => job.Plan.Prompt.Length + job.Options.MaxTokens), DraftTokens = parsed.GetValue(_draft) },
                Template = template,
                Adapter = parsed.GetValue(_adapter),
            });
        }
        catch
        {
            package.Dispose();
            throw;
        }

        progress.Clear();
        CommonOptions.Warn(model.Adapter);
        TimeSpan loaded = Stopwatch.GetElapsedTime(started);
        await using (model)
        {
            var output = new RunOutput(model, progress, parsed.GetValue(_showReasoning), loaded);
            if (batch is not null) return await output.BatchAsync(jobs, cancellation);
            await output.OneAsync(jobs[0], parsed.GetValue(_json), cancellation);
            return ExitCode.Ok;
        }
    }

    void CheckUsage(ParseResult parsed, bool hasPrompt)
    {
        bool hasBatch = parsed.GetValue(_batch) is not null, raw = parsed.GetValue(_raw);
        if (!hasPrompt && !hasBatch) throw new UsageException("`poise run` needs a prompt, - for standard input, or --batch FILE.");
        if (hasPrompt && hasBatch) throw new UsageException("give a prompt or --batch, not both.");
        if (raw && (parsed.GetValue(_system) ?? parsed.GetValue(_effort) ?? parsed.GetValue(_template)) is not null)
            throw new UsageException("--raw continues a text as it is: --system, --effort and --template are for conversations.");
        if (hasBatch && _sampling.WritesTokens(parsed)) throw new UsageException("--top-logprobs is for one prompt, not for --batch.");
    }

    static async Task<string> PromptAsync(string text, CancellationToken cancellation) =>
        text == "-" ? await new StreamReader(Console.OpenStandardInput(), Encoding.UTF8).ReadToEndAsync(cancellation) : text;

    // Null: the model continues texts.
    IChatDialect? Dialect(ParseResult parsed, ModelPackage package, (string, string)? template)
    {
        if (parsed.GetValue(_raw)) return null;
        if (template is not null || ChatFormat.IsKnown(package)) return ChatFormat.Of(package, template: template);
        if ((parsed.GetValue(_system) ?? parsed.GetValue(_effort)) is not null)
            throw new PoiseException("this model brings no chat template, so nothing says where instructions go: leave --system and --effort out, or give --template");
        return null;
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

/// <summary>One prompt, ready to be answered.</summary>
sealed record RunJob(string? RawId, AnswerPlan Plan, GenerationOptions Options);
