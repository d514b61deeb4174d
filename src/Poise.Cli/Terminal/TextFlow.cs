using System.Globalization;
using System.Text;

namespace Poise.Cli.Terminal;

/// <summary>Breaks styled text into rows: between words where it can, inside a word that is wider than the row, never inside a character.</summary>
static class TextFlow
{
    readonly record struct Cell(string Text, int Width, TextStyle Style)
    {
        public bool IsBlank => Text == " ";
    }

    /// <param name="words">False breaks at the width alone, as for code, and keeps every blank.</param>
    public static List<StyledLine> Wrap(IEnumerable<StyledRun> runs, int width, bool words = true)
    {
        width = Math.Max(width, 2);
        var lines = new List<StyledLine>();
        var row = new List<Cell>();
        int used = 0;
        foreach (Cell cell in Cells(runs))
        {
            if (cell.Text == "\n")
            {
                lines.Add(Row(row, row.Count));
                row.Clear();
                used = 0;
                continue;
            }
            if (used + cell.Width > width && !(words && cell.IsBlank))
            {
                int keep = words ? BreakBefore(row, cell) : row.Count;
                lines.Add(Row(row, words ? TrimEnd(row, keep) : keep));
                row.RemoveRange(0, keep);
                used = row.Sum(c => c.Width);
            }
            // Blanks at the end of a full row hang over and are dropped when it is broken.
            row.Add(cell);
            used += cell.Width;
        }
        lines.Add(Row(row, words ? TrimOverhang(row, width) : row.Count));
        return lines;
    }

    static IEnumerable<Cell> Cells(IEnumerable<StyledRun> runs)
    {
        foreach (StyledRun run in runs)
        {
            TextElementEnumerator elements = StringInfo.GetTextElementEnumerator(run.Text);
            while (elements.MoveNext())
            {
                string element = elements.GetTextElement();
                yield return new Cell(element, CellWidth.Of(element), run.Style);
            }
        }
    }

    // How many cells stay on the row when `next` does not fit on it.
    static int BreakBefore(List<Cell> row, Cell next)
    {
        if (next.Width == 2) return row.Count;
        for (int i = row.Count; i > 0; i--)
            // A row of blanks alone would leave the word's row as it was.
            if ((row[i - 1].IsBlank && row.Exists(0, i - 1)) || (row[i - 1].Width == 2 && i < row.Count)) return i;
        return row.Count;
    }

    static bool Exists(this List<Cell> row, int from, int to)
    {
        for (int i = from; i < to; i++)
            if (!row[i].IsBlank) return true;
        return false;
    }

    static int TrimEnd(List<Cell> row, int count)
    {
        while (count > 0 && row[count - 1].IsBlank) count--;
        return count;
    }

    static int TrimOverhang(List<Cell> row, int width)
    {
        int count = row.Count, used = row.Sum(c => c.Width);
        while (count > 0 && used > width && row[count - 1].IsBlank) used -= row[--count].Width;
        return count;
    }

    static StyledLine Row(List<Cell> row, int count)
    {
        var runs = new List<StyledRun>();
        var text = new StringBuilder();
        for (int i = 0; i < count; i++)
        {
            text.Append(row[i].Text);
            if (i + 1 < count && row[i + 1].Style == row[i].Style) continue;
            runs.Add(new StyledRun(text.ToString(), row[i].Style));
            text.Clear();
        }
        return new StyledLine(runs);
    }
}
