using System.CommandLine;
using System.Globalization;
using Poise.Cli.Host;
using Poise.Cli.Measuring;
using Poise.Cli.Verbs;
using Poise.Core.Library;
using Poise.Core.Models;
using Poise.Tensors;

namespace Poise.Benchmarks.Comparing;

/// <summary><c>compare</c>: whole models beside llama.cpp, in turns on the same machine.</summary>
sealed class CompareVerb : Verb
{
    readonly Argument<string[]> _models = new("MODELS") { Description = "GGUF files", Arity = ArgumentArity.OneOrMore };
    readonly Option<string> _peer = new("--peer") { Description = "The folder where `npm install` put llama.cpp: a copy of bench/peer", HelpName = "FOLDER", Required = true };
    readonly Option<string> _rows = new("--rows") { Description = $"Rows, with commas: {string.Join(',', CompareRow.All.Select(row => row.Name))} (default: all)", HelpName = "NAMES" };
    readonly Option<int> _rounds = CommonOptions.Whole("--rounds", "Rounds of each program in a row, after one a turn that is not counted", 6, 1, 1000);
    readonly Option<int> _turns = CommonOptions.Whole("--turns", "How often the two take turns; 0 = as the row says: 3, and 1 for long contexts", 0, 0, 1000);
    readonly Option<int> _threads = CommonOptions.Threads();
    readonly Option<string> _script = new("--script") { Description = "The peer's script (default: bench/peer/llama-cpp.mjs below the current folder)", HelpName = "FILE" };

    public override string Name => "compare";

    public override string Summary => "Measure whole models beside llama.cpp, in turns, as a Markdown table";

    public override IReadOnlyList<string> Examples =>
    [
        "compare MODEL.gguf --peer bench/peer --rows decode-100,prompt-512",
        "compare MODEL.gguf OTHER.gguf --peer bench/peer --threads 2 --rounds 6",
    ];

    protected override void Define(Command command)
    {
        command.Arguments.Add(_models);
        foreach (Option option in (Option[])[_peer, _rows, _rounds, _turns, _threads, _script]) command.Options.Add(option);
    }

    protected override async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellation)
    {
        CompareRow[] rows = Choose(parsed.GetValue(_rows));
        int threads = parsed.GetValue(_threads) is > 0 and var asked ? asked : Environment.ProcessorCount;
        string script = parsed.GetValue(_script) ?? Path.Combine("bench", "peer", "llama-cpp.mjs");
        string poise = Path.Combine(AppContext.BaseDirectory, OperatingSystem.IsWindows() ? "poise.exe" : "poise");
        if (!File.Exists(script)) throw new PoiseException($"{script} is not there: run this in the repository's root, or name it with --script");
        foreach (string model in parsed.GetRequiredValue(_models))
        {
            var table = new CompareTable(model, threads);
            (IContestant own, IContestant peer) = (new PoiseContestant(poise, model, threads), new PeerContestant(script, parsed.GetRequiredValue(_peer), model, threads));
            foreach (CompareRow row in rows)
                table.Write(await MeasureAsync(row, own, peer, model, parsed.GetValue(_rounds), parsed.GetValue(_turns), cancellation));
        }
        return ExitCode.Ok;
    }

    static async Task<Comparison> MeasureAsync(CompareRow row, IContestant own, IContestant peer, string model, int rounds, int askedTurns, CancellationToken cancellation)
    {
        int turns = Math.Min(askedTurns > 0 ? askedTurns : row.Turns, rounds);
        List<double> left = [], right = [];
        for (int turn = 0; turn < turns; turn++)
        {
            int share = rounds * (turn + 1) / turns - rounds * turn / turns;
            Console.Error.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{row.Name}: turn {turn + 1} of {turns}, {share} rounds each"));
            left.AddRange(await own.RunAsync(row, share, cancellation));
            right.AddRange(await peer.RunAsync(row, share, cancellation));
        }

        using ModelPackage package = ModelPackage.Open(model);
        double limit = (package.WeightBytes + package.Config.KeyValueBytes(row.Positions)) * (1 + CompareRow.MemoryMargin) / (1L << 30);
        return new Comparison(row, Spread.Of(left), Spread.Of(right), package.Config is not GptOssConfig, limit);
    }

    static CompareRow[] Choose(string? names)
    {
        if (names is null) return [.. CompareRow.All];
        return [.. names.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).Select(name =>
            CompareRow.All.FirstOrDefault(row => row.Name == name) ?? throw new UsageException($"no row is called {name}; there are {string.Join(", ", CompareRow.All.Select(row => row.Name))}"))];
    }
}
