using System.CommandLine;
using System.CommandLine.Parsing;
using System.Diagnostics;
using System.Globalization;
using Poise.Cli.Host;
using Poise.Cli.Measuring;
using Poise.Cli.Output;
using Poise.Core.Library;
using Poise.Core.Models;

namespace Poise.Cli.Verbs;

/// <summary><c>poise bench</c>: how fast a model is on this machine.</summary>
sealed class BenchVerb : Verb
{
    const int MostTokens = 1 << 24, MostBatch = 256, MostValues = 64;

    readonly Argument<string> _model = CommonOptions.Model();
    readonly Option<int[]> _prompt = List("--prompt", "Prompt tokens to read, one measurement each; 0 = none (default: 256)", 0, MostTokens);
    readonly Option<int> _decode = CommonOptions.Whole("--decode", "New tokens to write in a measurement; 0 = none (default: 32)", null, 0, MostTokens);
    readonly Option<int[]> _depth = List("--depth", "Tokens in the cache before those that are written (default: 0)", 0, MostTokens);
    readonly Option<int[]> _batch = List("--batch", "Sequences at once (default: 1)", 1, MostBatch);
    readonly Option<int> _rounds = CommonOptions.Whole("--rounds", "Rounds of each measurement, after one that warms up and is not counted", 5, 1, 1000);
    readonly Option<ulong> _seed = CommonOptions.Seed("Seed of the prompts' random tokens");
    readonly Option<double> _temperature = CommonOptions.Number("--temperature", "Of what is written: above 0, a model of random weights writes other tokens all the time, and its experts change as they do in real text", 0, 0, 2);
    readonly Option<int> _threads = CommonOptions.Threads();
    readonly Option<string> _activations = CommonOptions.Activations();
    readonly Option<string> _placement = CommonOptions.Placement();
    readonly Option<bool> _json = new("--json") { Description = "One JSON object, with every round" };

    public override string Name => "bench";

    public override string Summary => "Measure how fast a model reads prompts and writes answers on this machine";

    public override IReadOnlyList<string> Examples =>
    [
        "poise bench MODEL",
        "poise bench MODEL --prompt 256,1024 --decode 32 --depth 0,4096 --rounds 5",
        "poise bench MODEL --prompt 0 --batch 1,2,4,8",
        "poise bench MODEL --threads 4 --placement mapped --json > figures.json",
    ];

    protected override void Define(Command command)
    {
        command.Arguments.Add(_model);
        foreach (Option option in (Option[])[_prompt, _decode, _depth, _batch, _rounds, _seed, _temperature, _threads, _activations, _placement, _json])
            command.Options.Add(option);
    }

    protected override async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellation)
    {
        var progress = new ProgressLine();
        long started = Stopwatch.GetTimestamp();
        using ModelPackage package = ModelPackage.Open(parsed.GetRequiredValue(_model));
        IReadOnlyList<Measurement> plan = BenchPlan.Make(package.Config, Given(parsed, _prompt),
            parsed.GetResult(_decode) is null ? null : parsed.GetValue(_decode), Given(parsed, _depth) ?? [0], Given(parsed, _batch) ?? [1]);
        var options = new LoadOptions
        {
            Activations = CommonOptions.ParseActivations(parsed.GetValue(_activations)),
            Placement = CommonOptions.ParsePlacement(parsed.GetValue(_placement)),
            Threads = parsed.GetValue(_threads),
            Progress = (done, total) => progress.Show("loading", done, total),
        };
        // Settled here, so that the report names what was taken.
        options = options with { Placement = MemoryForecast.Place(package, options) };
        BenchPlan.CheckMemory(package, options, plan, MachineMemory.AvailableBytes());
        ulong seed = parsed.GetValue(_seed);
        int rounds = parsed.GetValue(_rounds);
        RandomPrompts prompts = RandomPrompts.For(package, seed);

        using Model model = package.Load(options);
        TimeSpan load = Stopwatch.GetElapsedTime(started);
        progress.Clear();
        var report = new BenchReport(package, options, MachineFacts.Read(), rounds, seed, load, package.ActiveBytes(options));
        var run = new BenchRun(model, plan, rounds, prompts, parsed.GetValue(_temperature), progress);
        try
        {
            await run.RunAsync(cancellation);
        }
        finally
        {
            // Also after Ctrl-C or an error: what was measured may have taken long.
            progress.Clear();
            if (parsed.GetValue(_json)) report.WriteJson(run.Results, PeakMemory(), run.IsComplete, model.Streaming);
            else report.WriteText(run.Results, PeakMemory(), model.Streaming);
            if (!run.IsComplete) Console.Error.WriteLine(Stopped(run, plan.Count, rounds));
        }
        return ExitCode.Ok;
    }

    static string Stopped(BenchRun run, int planned, int rounds)
    {
        int whole = run.Results.Count(result => result.Rounds.Count == rounds);
        string last = run.Results.Count > whole ? $", and the last row has {run.Results[^1].Rounds.Count} of {rounds} rounds" : "";
        return $"stopped: {whole} of {planned} measurements are complete{last}";
    }

    /// <summary>Bytes, or 0 where the system does not say.</summary>
    static long PeakMemory()
    {
        using var self = Process.GetCurrentProcess();
        return self.PeakWorkingSet64;
    }

    // Null where it is absent: an array's own default is an empty one.
    static int[]? Given(ParseResult parsed, Option<int[]> option) => parsed.GetResult(option) is null ? null : parsed.GetValue(option);

    static Option<int[]> List(string name, string description, int minimum, int maximum) => new(name)
    {
        Description = description,
        HelpName = "N,N",
        CustomParser = result => ParseList(result, name, minimum, maximum),
    };

    static int[] ParseList(ArgumentResult result, string name, int minimum, int maximum)
    {
        var values = new List<int>();
        foreach (Token token in result.Tokens)
            foreach (string part in token.Value.Split(','))
            {
                if (int.TryParse(part, NumberStyles.None, CultureInfo.InvariantCulture, out int value) && value >= minimum && value <= maximum) values.Add(value);
                else
                {
                    result.AddError(string.Create(CultureInfo.InvariantCulture, $"{name} takes whole numbers from {minimum} to {maximum} with commas between, not '{token.Value}'."));
                    return [];
                }
            }
        if (values.Count > MostValues) result.AddError($"{name} takes at most {MostValues} numbers.");
        return [.. values.Distinct()];
    }
}
