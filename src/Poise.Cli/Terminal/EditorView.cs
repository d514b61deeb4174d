using System.Globalization;

namespace Poise.Cli.Terminal;

/// <summary>Lays out what is being typed: the prompt, the text broken at the width, and where the cursor stands.</summary>
static class EditorView
{
    public static (List<StyledLine> Lines, (int Row, int Column) Cursor) Layout(StyledLine prompt, string text, int cursor, int width)
    {
        var lines = new List<StyledLine>();
        StyledLine row = prompt;
        // A prompt that leaves no room for text is not repeated.
        StyledLine indent = new(new string(' ', prompt.Width < width / 2 ? prompt.Width : 0));
        (int, int) place = (0, row.Width);
        int at = 0;
        var pending = new List<StyledRun>();
        int used = row.Width;
        while (at < text.Length)
        {
            int length = StringInfo.GetNextTextElementLength(text, at);
            string element = text.Substring(at, length);
            var run = new StyledRun(element == "\n" ? "" : element);
            int cells = CellWidth.Of(run.Text);
            // The last cell is left free for the cursor.
            if (used + cells >= width && used > indent.Width) NextRow();
            if (at == cursor) place = (lines.Count, used);
            if (element == "\n") NextRow();
            else
            {
                pending.Add(run);
                used += cells;
            }
            at += length;
        }
        if (cursor >= text.Length) place = (lines.Count, used);
        lines.Add(row + Joined(pending));
        return (lines, place);

        void NextRow()
        {
            lines.Add(row + Joined(pending));
            pending.Clear();
            row = indent;
            used = indent.Width;
        }
    }

    /// <summary>The part of the rows around the cursor that the screen has room for.</summary>
    public static (List<StyledLine> Lines, (int Row, int Column) Cursor) Window(List<StyledLine> lines, (int Row, int Column) cursor, int height)
    {
        height = Math.Max(1, height);
        if (lines.Count <= height) return (lines, cursor);
        int first = Math.Clamp(cursor.Row - height + 1, 0, lines.Count - height);
        return (lines.GetRange(first, height), (cursor.Row - first, cursor.Column));
    }

    static StyledLine Joined(List<StyledRun> runs) => new(string.Concat(runs.Select(run => run.Text)));
}
