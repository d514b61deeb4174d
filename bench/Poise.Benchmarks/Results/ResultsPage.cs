using System.Globalization;
using System.Text;
using Poise.Benchmarks.Kernels;
using Poise.Benchmarks.Limits;

namespace Poise.Benchmarks.Results;

/// <summary>A results file as Markdown.</summary>
static class ResultsPage
{
    public static string Write(ResultsFile results)
    {
        ResultsMachine machine = results.Machine;
        var page = new StringBuilder();
        page.Append(CultureInfo.InvariantCulture, $"# {machine.Processor}, {machine.Processors} processors, vectors of {machine.VectorBits} bits\n\n");
        page.Append(CultureInfo.InvariantCulture, $"{machine.Architecture}, {machine.Runtime}. Medians of {results.Rounds} rounds. Written by:\n\n");
        page.Append(CultureInfo.InvariantCulture, $"```sh\ndotnet run -c Release --project bench/Poise.Benchmarks -- results bench/results --rounds {results.Rounds}\n```\n\n");
        page.Append("## Limits\n\n");
        Table(page, ["limit", "threads", "median", "lowest to highest", "unit"], results.Limits.All.Select(limit => new[]
        {
            limit.What, limit.Threads.ToString(CultureInfo.InvariantCulture), Figures.Show(limit.Value.Median),
            Figures.Range(limit.Value.Minimum, limit.Value.Maximum), limit.Unit,
        }));
        page.Append("\n## Kernels\n\n");
        page.Append("The limit of a kernel is the lower of two roofs: the peak of its kind of product, and plain reads, measured in turns with the kernel, "
            + "times its products for each byte. The spread is of GMAC/s, or of GB/s where nothing is multiplied. Kernels without a limit work in the caches.\n\n");
        Table(page, KernelColumns.Header, results.Kernels.Select(kernel => KernelColumns.Of(kernel, results.Limits)));
        return page.ToString();
    }

    static void Table(StringBuilder page, string[] header, IEnumerable<string[]> rows)
    {
        page.Append("| ").AppendJoin(" | ", header).Append(" |\n|").Insert(page.Length, "---|", header.Length).Append('\n');
        foreach (string[] row in rows) page.Append("| ").AppendJoin(" | ", row).Append(" |\n");
    }
}
