using System.Globalization;

namespace Poise.Benchmarks.Comparing;

/// <summary>Markdown on standard output, each row as soon as it is measured.</summary>
sealed class CompareTable
{
    public CompareTable(string model, int threads)
    {
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"\n{Path.GetFileName(model)}, {threads} threads; medians, lowest to highest round:\n"));
        WriteRow(Comparison.Header);
        Console.WriteLine("|" + string.Concat(Enumerable.Repeat("---|", Comparison.Header.Length)));
    }

    public void Write(Comparison comparison) => WriteRow(comparison.Columns);

    static void WriteRow(string[] cells) => Console.WriteLine($"| {string.Join(" | ", cells)} |");
}
