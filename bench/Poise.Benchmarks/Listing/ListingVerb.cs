using System.CommandLine;
using Poise.Assembler;
using Poise.Benchmarks.Comparing;
using Poise.Benchmarks.Limits;
using Poise.Cli.Host;
using Poise.Cli.Measuring;
using Poise.Cli.Verbs;
using Poise.Tensors;

namespace Poise.Benchmarks.Listing;

/// <summary><c>listing</c>: what a hot loop is made of, and how near it runs to what its instructions allow.</summary>
sealed class ListingVerb : Verb
{
    readonly Argument<string[]> _names = new("LOOPS") { Description = string.Join(", ", HotLoop.All.Select(loop => loop.Name)), Arity = ArgumentArity.OneOrMore };
    readonly Option<int> _rounds = CommonOptions.Whole("--rounds", "Rounds of the measurement, after one that is not counted", 15, 1, 1000);
    readonly Option<bool> _text = new("--text") { Description = "Also the loop's instructions" };
    readonly Option<bool> _child = new("--run-only") { Description = "Run the loop and print nothing", Hidden = true };

    public override string Name => "listing";

    public override string Summary => "Instruction mix of hot loops, from the compiler's listing, with cycles per block";

    public override IReadOnlyList<string> Examples => ["listing MXFP4-tile MXFP4-single", "listing Q8_0-tile --text"];

    protected override void Define(Command command)
    {
        command.Arguments.Add(_names);
        foreach (Option option in (Option[])[_rounds, _text, _child]) command.Options.Add(option);
    }

    protected override async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellation)
    {
        int rounds = parsed.GetValue(_rounds);
        foreach (string name in parsed.GetRequiredValue(_names))
        {
            HotLoop loop = HotLoop.All.FirstOrDefault(row => row.Name == name)
                ?? throw new UsageException($"no loop is called {name}; there are {string.Join(", ", HotLoop.All.Select(row => row.Name))}");
            if (loop.IsAssembled && !AssembledKernels.HasVnni()) throw new PoiseException($"{name}: this machine has no AVX-512 VNNI");
            AssembledListing.Use(loop);
            if (parsed.GetValue(_child))
            {
                HotLoopTime.Measure(loop, 1);
                continue;
            }

            IReadOnlyList<(Instruction Instruction, double Times)> instructions = loop.IsAssembled ? AssembledListing.Read(loop).BlockLoop(loop) : await ListAsync(loop, cancellation);
            double clock = ClockEstimate.Measure(rounds).Median;
            Spread seconds = HotLoopTime.Measure(loop, rounds);
            double factor = clock * 1e9;
            var cycles = new Spread(seconds.Median * factor, seconds.Minimum * factor, seconds.Maximum * factor, seconds.Deviation * factor);
            Console.WriteLine(ListingPage.Write(loop, instructions, cycles, clock));
            if (!parsed.GetValue(_text)) continue;
            Console.WriteLine("```text");
            foreach ((Instruction instruction, double times) in instructions) Console.WriteLine($"{times,5:0.##}  {instruction.Name,-12} {instruction.Operands}");
            Console.WriteLine("```\n");
        }
        return ExitCode.Ok;
    }

    // The compiler writes listings only for a process that was started so.
    static async Task<IReadOnlyList<(Instruction Instruction, double Times)>> ListAsync(HotLoop loop, CancellationToken cancellation)
    {
        string file = Path.GetTempFileName();
        try
        {
            string[] parts = loop.Method.Split(':');
            var environment = new Dictionary<string, string>
            {
                ["DOTNET_JitDisasm"] = parts[1].Length > 0 ? parts[1] : "*",
                ["DOTNET_JitStdOutFile"] = file,
            };
            string self = Environment.ProcessPath ?? throw new PoiseException("this process does not know its own program");
            await ChildProcess.RunAsync(self, ["listing", loop.Name, "--run-only"], environment, cancellation);
            IReadOnlyList<JitListing> listings = JitListing.Parse(await File.ReadAllTextAsync(file, cancellation), loop.Method);
            // Dispatchers have no loop of products; a layout with two variants runs the one that was compiled last.
            return (listings.LastOrDefault(listing => listing.Instructions.Any(i => i.Products > 0)) ?? throw new PoiseException($"{loop.Method} was not compiled on this machine")).BlockLoop(loop);
        }
        finally
        {
            File.Delete(file);
        }
    }
}
