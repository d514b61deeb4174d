using Spectre.Console;

namespace Poise.Cli.Output;

/// <summary>
/// Facts and tables on standard output: drawn on a terminal, plain text with one space-padded column each when redirected.
/// Everything is escaped here, so callers may pass strings from files as they are.
/// </summary>
static class Report
{
    /// <summary>Lines of name and value.</summary>
    public static void Facts(IReadOnlyList<(string Name, string Value)> facts)
    {
        if (Console.IsOutputRedirected)
        {
            Plain(facts.Select(f => new[] { f.Name + ":", f.Value }), []);
            return;
        }
        var grid = new Grid().AddColumn(new GridColumn().NoWrap()).AddColumn();
        foreach ((string name, string value) in facts) grid.AddRow(new Text(Printable.Line(name), Color.Aqua), new Text(Printable.Line(value)));
        AnsiConsole.Write(grid);
    }

    /// <summary>A table; the columns whose index is in <paramref name="numeric"/> are aligned to the right.</summary>
    public static void Table(IReadOnlyList<string> header, IEnumerable<string[]> rows, IReadOnlyCollection<int> numeric)
    {
        if (Console.IsOutputRedirected)
        {
            Plain(rows.Prepend([.. header]), numeric);
            return;
        }
        Table table = new Table().RoundedBorder();
        for (int i = 0; i < header.Count; i++)
        {
            var column = new TableColumn(Markup.Escape(header[i]));
            table.AddColumn(numeric.Contains(i) ? column.RightAligned() : column);
        }
        foreach (string[] row in rows) table.AddRow(row.Select(cell => new Text(Printable.Line(cell))));
        AnsiConsole.Write(table);
    }

    static void Plain(IEnumerable<string[]> rows, IReadOnlyCollection<int> numeric)
    {
        List<string[]> cells = [.. rows.Select(row => Array.ConvertAll(row, Printable.Line))];
        if (cells.Count == 0) return;
        int[] widths = [.. Enumerable.Range(0, cells[0].Length).Select(i => cells.Max(row => row[i].Length))];
        using StreamWriter output = StandardOutput.OpenText();
        output.AutoFlush = false;
        foreach (string[] row in cells)
            output.WriteLine(string.Join("  ", row.Select((cell, i) => numeric.Contains(i) ? cell.PadLeft(widths[i]) : cell.PadRight(widths[i]))).TrimEnd());
    }
}
