using System.Globalization;
using System.Text;
using Poise.Cli.Measuring;

namespace Poise.Benchmarks.Listing;

/// <summary>The mix of a hot loop as Markdown.</summary>
static class ListingPage
{
    /// <param name="cycles">Measured, for one block and one row of activations.</param>
    public static string Write(HotLoop loop, IReadOnlyList<(Instruction Instruction, double Times)> instructions, Spread cycles, double clock)
    {
        var page = new StringBuilder();
        page.Append(CultureInfo.InvariantCulture, $"### {loop.Name}\n\n`{loop.Method}`, {loop.What}. Instructions for one block (32 columns of 16 rows) and one row of activations:\n\n");
        page.Append("| class | instructions | of them |\n|---|---|---|\n");
        foreach (var group in instructions.GroupBy(row => row.Instruction.Class).OrderBy(group => group.Key))
        {
            IEnumerable<string> names = group.GroupBy(row => row.Instruction.Name).OrderByDescending(name => name.Sum(row => row.Times))
                .Select(name => $"{Count(name.Sum(row => row.Times))} {name.Key}");
            page.Append(CultureInfo.InvariantCulture, $"| {Word(group.Key)} | {Count(group.Sum(row => row.Times))} | {string.Join(", ", names)} |\n");
        }

        IReadOnlyList<PortBound> bounds = PortBound.Of(instructions);
        PortBound tightest = bounds.MaxBy(bound => bound.Cycles)!;
        page.Append(CultureInfo.InvariantCulture, $"\n| cycles | |\n|---|---|\n| measured, weights in the cache, {Figures.Show(clock)} GHz | {Figures.Show(cycles.Median)} ({Figures.Range(cycles.Minimum, cycles.Maximum)}) |\n");
        foreach (PortBound bound in bounds)
            page.Append(CultureInfo.InvariantCulture, $"| {Count(bound.Count)} {bound.Port}, {bound.PerCycle} a cycle | {Figures.Show(bound.Cycles)} |\n");
        page.Append(CultureInfo.InvariantCulture, $"| the tightest of these bounds over the measured time | {100 * tightest.Cycles / cycles.Median:0} % |\n");
        return page.ToString();
    }

    static string Count(double value) => value.ToString("0.##", CultureInfo.InvariantCulture);

    static string Word(InstructionClass instructionClass) => instructionClass switch
    {
        InstructionClass.Load => "loads",
        InstructionClass.Store => "stores",
        InstructionClass.Shuffle => "shuffles",
        InstructionClass.Multiply => "multiplications",
        InstructionClass.Add => "additions, logic, conversions",
        InstructionClass.Prefetch => "prefetches",
        _ => "scalar",
    };
}
