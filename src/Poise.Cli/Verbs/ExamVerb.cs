using System.CommandLine;
using System.CommandLine.Parsing;
using System.Diagnostics;
using System.Globalization;
using Poise.Cli.Host;
using Poise.Cli.Output;
using Poise.Core.Client;
using Poise.Core.Engine;
using Poise.Core.Library;
using Poise.Core.Models;
using Poise.Core.Nano;
using Poise.Core.Nano.Asking;
using Poise.Core.Nano.Grading;
using Poise.Core.Nano.Tasks;

namespace Poise.Cli.Verbs;

/// <summary><c>poise exam</c>: nano's held-out questions asked of a model, and its answers graded.</summary>
sealed class ExamVerb : Verb
{
    /// <summary>Tokens that a model computes at once.</summary>
    const int PassRows = 256;

    static readonly string[] s_kinds = [.. NanoTasks.All.Select(task => task.Kind)];

    readonly Argument<string?> _model = CommonOptions.ModelOrDefault();
    readonly Option<string[]> _kinds = Kinds();
    readonly Option<int> _items = CommonOptions.Whole("--items", "Only the first so many questions of each kind", null, 1, NanoTasks.All.Max(task => task.HeldOutCount));
    readonly Option<ulong> _seed = CommonOptions.Seed("As with `poise corpus --held-out`: same seed, same questions; those of 1 are kept out of nano's corpus", usual: NanoCorpus.UsualSeed);
    readonly Option<int> _maxTokens = CommonOptions.Whole("--max-tokens", "Tokens of an answer, reasoning included; what is cut is wrong", new ExamOptions().MaxTokens, 1, 1_000_000);
    readonly Option<string?> _template = CommonOptions.Template();
    readonly Option<string?> _adapter = CommonOptions.Adapter();
    readonly Option<int> _threads = CommonOptions.Threads();
    readonly Option<int> _parallel = CommonOptions.Whole("--parallel", "Questions at once; the answers stay the same", 16, 1, 256);
    readonly Option<string?> _answers = new("--answers") { Description = "Write every question with a right answer, the answer given and the verdict, a JSON line each", HelpName = "FILE" };
    readonly Option<int> _worst = CommonOptions.Whole("--worst", "Show so many wrong answers and as many right ones, of each kind in turn", 0, 0, 100_000);
    readonly Option<bool> _json = new("--json") { Description = "The result as one JSON object" };

    public override string Name => "exam";

    public override string Summary => "Ask a model the held-out questions of nano's tests and grade its answers";

    public override IReadOnlyList<string> Examples =>
    [
        "poise exam",
        "poise exam MODEL",
        "poise exam MODEL --kinds tools,documents --items 100 --worst 10",
        "poise exam MODEL --answers answers.jsonl --json > result.json",
    ];

    protected override void Define(Command command)
    {
        command.Arguments.Add(_model);
        foreach (Option option in (Option[])[_kinds, _items, _seed, _maxTokens, _template, _adapter, _threads, _parallel, _answers, _worst, _json]) command.Options.Add(option);
    }

    protected override async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellation)
    {
        string[] kinds = parsed.GetResult(_kinds) is null ? s_kinds : parsed.GetRequiredValue(_kinds);
        ulong seed = parsed.GetValue(_seed);
        int most = parsed.GetResult(_items) is null ? int.MaxValue : parsed.GetValue(_items), parallel = parsed.GetValue(_parallel);
        var options = new ExamOptions { MaxTokens = parsed.GetValue(_maxTokens) };
        (string, string)? template = CommonOptions.ReadTemplate(parsed.GetValue(_template));
        ModelPackage package = ChatClients.Open(parsed.GetValue(_model) ?? ShippedModels.DefaultPath, template is not null);
        // Before the weights, which may take long, and after a mistyped model, which costs no older file.
        using AnswersFile? file = CreateFile(parsed.GetValue(_answers), package);
        var progress = new ProgressLine();
        await using LocalModel model = LocalModel.Load(package, new LocalModelOptions
        {
            Load = new LoadOptions { Threads = parsed.GetValue(_threads), Progress = (done, total) => progress.Show("loading", done, total) },
            // Nobody reads along, so that prompts may fill what a pass takes beside the answers.
            Engine = new EngineOptions { MaxSequences = parallel, PromptChunkBesideAnswers = Math.Max(64, PassRows - parallel) },
            Template = template,
            Adapter = parsed.GetValue(_adapter),
        });
        progress.Clear();
        CommonOptions.Warn(model.Adapter);
        NanoSample[] items = [.. kinds.SelectMany(kind => NanoExam.Items(kind, seed, most))];
        var answerer = new ModelAnswerer(model, options);
        long began = Stopwatch.GetTimestamp(), tokens = 0;
        int done = 0, right = 0, cut = 0, refused = 0;
        try
        {
            ExamReport report = await NanoExam.GradeAsync(items, answerer.AskAsync, parallel, Note, cancellation);
            progress.Clear();
            var output = new ExamOutput(report, parsed.GetValue(_worst));
            if (parsed.GetValue(_json)) output.WriteJson(model.Name, seed, options);
            else output.WriteText();
        }
        finally
        {
            progress.Clear();
            // Beside the result, which is the same on every machine and at every time.
            string stopped = done < items.Length ? "stopped: " : "", notAsked = refused > 0 ? $", {Quantity.Count(refused)} questions that cannot be asked" : "";
            Console.Error.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{stopped}{done:N0} of {items.Length:N0} answers, {cut:N0} without an end{notAsked}; {tokens:N0} tokens, {Stopwatch.GetElapsedTime(began).TotalSeconds:0.0} s"));
        }
        return ExitCode.Ok;

        // In the order of the items, one at a time.
        void Note(GradedAnswer answer)
        {
            file?.Add(answer);
            done++;
            if (answer.IsRight) right++;
            if (answer.Given.Tokens == 0) refused++;
            else if (answer.Given.Problem is not null) cut++;
            tokens += answer.Given.Tokens;
            progress.Show(string.Create(CultureInfo.InvariantCulture, $"{done:N0} of {items.Length:N0} answers, {right:N0} right,"), done, items.Length);
        }
    }

    static AnswersFile? CreateFile(string? path, ModelPackage package)
    {
        try
        {
            return path is null ? null : AnswersFile.Create(path);
        }
        catch
        {
            package.Dispose();
            throw;
        }
    }

    static Option<string[]> Kinds() => new("--kinds")
    {
        Description = $"Kinds of questions: {string.Join(", ", s_kinds)} (default: all)",
        HelpName = "KIND,KIND",
        CustomParser = result =>
        {
            string[] given = [.. result.Tokens.SelectMany(token => token.Value.Split(','))];
            if (given.FirstOrDefault(kind => !s_kinds.Contains(kind)) is { } unknown) result.AddError($"--kinds: there is no kind '{unknown}'; the kinds are {string.Join(", ", s_kinds)}.");
            return [.. s_kinds.Intersect(given)];
        },
    };
}
