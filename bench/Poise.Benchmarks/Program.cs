using System.CommandLine;
using System.CommandLine.Invocation;
using Poise.Assembler;
using Poise.Benchmarks.Comparing;
using Poise.Benchmarks.Kernels;
using Poise.Benchmarks.Limits;
using Poise.Benchmarks.Listing;
using Poise.Benchmarks.Results;
using Poise.Benchmarks.Roofline;
using Poise.Cli.Host;
using Poise.Cli.Verbs;

// One line a benchmark. A whole model on its own is measured by `poise bench`.
Verb[] benchmarks =
[
    new LimitsVerb(),
    new KernelsVerb(),
    new RooflineVerb(),
    new ResultsVerb(),
    new CompareVerb(),
    new ListingVerb(),
];

// As the command line does: what is measured is what runs.
AssembledKernels.Enable();

var root = new RootCommand("Measures the parts of Poise against what this machine can do.");
foreach (Verb benchmark in benchmarks) root.Subcommands.Add(benchmark.Build());
try
{
    return await root.Parse(args).InvokeAsync(new InvocationConfiguration { EnableDefaultExceptionHandler = false });
}
catch (Exception error)
{
    Console.Error.WriteLine(CommandLine.Explain(error));
    return ExitCode.Error;
}
