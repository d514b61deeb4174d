using Markdig.Extensions.Tables;
using Markdig.Syntax;

namespace Poise.Cli.Terminal;

/// <summary>A table whose columns share the width: narrow ones keep theirs, wide ones wrap.</summary>
static class MarkdownTable
{
    const int NarrowestColumn = 4;
    const string Between = " │ ";

    public static List<StyledLine> Render(Table table, int width)
    {
        List<TableRow> rows = [.. table.OfType<TableRow>()];
        int columns = rows.Count == 0 ? 0 : rows.Max(row => row.Count);
        if (columns == 0) return [];
        List<List<StyledRun>[]> cells = [.. rows.Select(row => Cells(row, columns))];
        int[] widths = Share(Natural(cells, columns), width - Between.Length * (columns - 1));
        // Too many columns to stand side by side.
        if (widths.Sum() + Between.Length * (columns - 1) > width) return Stack(cells, width);

        var lines = new List<StyledLine>();
        for (int r = 0; r < rows.Count; r++)
        {
            lines.AddRange(Row(cells[r], widths, table));
            if (rows[r].IsHeader) lines.Add(new StyledLine(string.Join("─┼─", widths.Select(w => new string('─', w))), TextStyle.Faint));
        }
        return lines;
    }

    static List<StyledRun>[] Cells(TableRow row, int columns)
    {
        TextStyle style = row.IsHeader ? TextStyle.Strong : default;
        var cells = new List<StyledRun>[columns];
        for (int c = 0; c < columns; c++)
            cells[c] = c < row.Count && row[c] is TableCell cell
                ? [.. cell.OfType<LeafBlock>().SelectMany(leaf => MarkdownInlines.Runs(leaf.Inline, style))]
                : [];
        return cells;
    }

    static int[] Natural(List<List<StyledRun>[]> rows, int columns)
    {
        var widths = new int[columns];
        foreach (List<StyledRun>[] row in rows)
            for (int c = 0; c < columns; c++)
                widths[c] = Math.Max(widths[c], TextFlow.Wrap(row[c], int.MaxValue).Max(line => line.Width));
        return widths;
    }

    // The widest columns give way first, down to a level that fits.
    static int[] Share(int[] natural, int room)
    {
        int level = natural.Max();
        while (level > NarrowestColumn && natural.Sum(w => Math.Min(w, level)) > room) level--;
        return [.. natural.Select(w => Math.Max(1, Math.Min(w, level)))];
    }

    static IEnumerable<StyledLine> Row(List<StyledRun>[] cells, int[] widths, Table table)
    {
        List<StyledLine>[] wrapped = [.. cells.Select((cell, c) => TextFlow.Wrap(cell, widths[c]))];
        for (int i = 0; i < wrapped.Max(lines => lines.Count); i++)
        {
            StyledLine line = StyledLine.Empty;
            for (int c = 0; c < widths.Length; c++)
            {
                if (c > 0) line += new StyledLine(Between, TextStyle.Faint);
                line += Align(i < wrapped[c].Count ? wrapped[c][i] : StyledLine.Empty, widths[c], Alignment(table, c));
            }
            yield return line;
        }
    }

    static TableColumnAlign Alignment(Table table, int column) =>
        (column < table.ColumnDefinitions.Count ? table.ColumnDefinitions[column].Alignment : null) ?? TableColumnAlign.Left;

    static StyledLine Align(StyledLine cell, int width, TableColumnAlign alignment)
    {
        int free = Math.Max(0, width - cell.Width);
        int before = alignment switch { TableColumnAlign.Right => free, TableColumnAlign.Center => free / 2, _ => 0 };
        return new StyledLine(new string(' ', before)) + cell + new StyledLine(new string(' ', free - before));
    }

    static List<StyledLine> Stack(List<List<StyledRun>[]> rows, int width) =>
        [.. rows.SelectMany(row => row.SelectMany(cell => TextFlow.Wrap(cell, width)).Append(StyledLine.Empty))];
}
