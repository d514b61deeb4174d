using System.CommandLine;
using Poise.Benchmarks.Limits;
using Poise.Benchmarks.Results;
using Poise.Cli.Host;
using Poise.Cli.Output;
using Poise.Cli.Verbs;

namespace Poise.Benchmarks.Kernels;

/// <summary><c>kernels</c>: every hot kernel alone, against the limits of the machine.</summary>
sealed class KernelsVerb : Verb
{
    readonly Argument<string[]> _names = new("NAMES") { Description = "Beginnings of names of kernels (default: all)", Arity = ArgumentArity.ZeroOrMore };
    readonly Option<int> _rounds = CommonOptions.Whole("--rounds", "Rounds of each measurement, after one that is not counted", 7, 1, 1000);
    readonly Option<int> _threads = CommonOptions.Whole("--threads", "Only with so many threads; 0 = with 1 and with all", 0, 0, 1024);
    readonly Option<string> _json = new("--json") { Description = "Also write a results file", HelpName = "FILE" };

    public override string Name => "kernels";

    public override string Summary => "Measure every hot kernel alone, against the limits of the machine";

    public override IReadOnlyList<string> Examples => ["kernels", "kernels MXFP4 Q8_0 --rounds 15 --threads 2", "kernels --json results.json"];

    protected override void Define(Command command)
    {
        command.Arguments.Add(_names);
        foreach (Option option in (Option[])[_rounds, _threads, _json]) command.Options.Add(option);
    }

    protected override Task<int> RunAsync(ParseResult parsed, CancellationToken cancellation)
    {
        int rounds = parsed.GetValue(_rounds);
        ResultsFile results = Measure(parsed.GetValue(_names) ?? [], parsed.GetValue(_threads), rounds);
        Report.Table(KernelColumns.Header, results.Kernels.Select(result => KernelColumns.Of(result, results.Limits)), KernelColumns.Numeric);
        if (parsed.GetValue(_json) is { } path) results.Write(path);
        return Task.FromResult(ExitCode.Ok);
    }

    /// <param name="threads">0: 1 and all.</param>
    public static ResultsFile Measure(string[] names, int threads, int rounds)
    {
        Kernel[] kernels = [.. KernelTable.All.Where(kernel => names.Length == 0 || names.Any(name => kernel.Name.StartsWith(name, StringComparison.OrdinalIgnoreCase)))];
        if (kernels.Length == 0) throw new UsageException($"no kernel is called so; there are {string.Join(", ", KernelTable.All.Select(kernel => kernel.Name))}");
        int[] counts = threads > 0 ? [threads] : [.. new[] { 1, Environment.ProcessorCount }.Distinct()];
        MachineLimits limits = MachineLimits.Measure(rounds);
        List<KernelResult> results = KernelRun.Measure(kernels, counts, rounds, result => Console.Error.WriteLine(string.Join("  ", KernelColumns.Of(result, limits))));
        return new ResultsFile(ResultsMachine.Read(), rounds, limits, results);
    }
}
