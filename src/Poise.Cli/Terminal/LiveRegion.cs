using System.Globalization;
using System.Text;

namespace Poise.Cli.Terminal;

/// <summary>
/// The last rows of the screen, redrawn in place: only rows that differ are written, all in one write. Rows that have
/// scrolled out of sight cannot be changed any more and stay as they were.
/// </summary>
sealed class LiveRegion(ITerminal terminal)
{
    // Without automatic wrapping a row can never become two, even where the terminal measures a character otherwise than we do.
    const string Begin = "\e[?25l\e[?7l";
    const string End = "\e[?7h\e[?25h";

    readonly List<(string Ansi, int Width)> _drawn = [];
    readonly StringBuilder _out = new();
    int _row;
    int _column;
    int _width = terminal.Width;

    /// <summary>Makes the region look like these lines; the cursor goes to the end of the last one, or where it is told.</summary>
    public void Show(IReadOnlyList<StyledLine> lines, (int Row, int Column)? cursor = null)
    {
        _out.Clear();
        int first = AdaptToWidth(lines);
        int visible = Math.Max(first, _drawn.Count - terminal.Height);
        for (int i = Math.Max(0, visible); i < lines.Count; i++) Draw(i, (lines[i].ToAnsi(terminal.Colors), lines[i].Width));
        int kept = Math.Max(lines.Count, Math.Max(0, visible));
        if (_drawn.Count > kept)
        {
            // The first row of the region always exists; it is emptied, not removed.
            MoveTo(kept);
            _out.Append("\r\e[J");
            _column = 0;
            _drawn.RemoveRange(kept, _drawn.Count - kept);
            if (kept > 0 && cursor is null) MoveTo(kept - 1);
        }
        (int row, int column) = cursor ?? (Math.Max(0, lines.Count - 1), lines.Count == 0 ? 0 : lines[^1].Width);
        MoveTo(Math.Min(row, Math.Max(0, _drawn.Count - 1)));
        MoveToColumn(Math.Min(column, terminal.Width - 1), atEnd: cursor is null);
        if (_out.Length > 0) terminal.Write(Begin + _out + End);
    }

    /// <summary>The first lines become part of the scrollback and are never touched again.</summary>
    public void Freeze(int count)
    {
        count = Math.Min(count, _drawn.Count);
        if (count == 0) return;
        if (_row < count)
        {
            // The cursor must stand inside what stays, so a row is opened for it.
            _out.Clear();
            MoveTo(_drawn.Count - 1);
            if (count == _drawn.Count)
            {
                _out.Append("\r\n");
                _row++;
            }
            else MoveTo(count);
            _out.Append('\r');
            _column = 0;
            terminal.Write(_out.ToString());
        }
        _drawn.RemoveRange(0, count);
        _row -= count;
    }

    /// <summary>Everything shown stays, and the cursor goes to a fresh row below.</summary>
    public void Finish() => Freeze(_drawn.Count);

    void Draw(int row, (string Ansi, int Width) line)
    {
        if (row < _drawn.Count && _drawn[row] == line) return;
        bool exists = row < _drawn.Count;
        while (_drawn.Count <= row)
        {
            if (_drawn.Count > 0)
            {
                MoveTo(_drawn.Count - 1);
                _out.Append("\r\n");
                (_row, _column) = (_row + 1, 0);
            }
            _drawn.Add(("", 0));
        }
        MoveTo(row);
        (string Ansi, int Width) old = _drawn[row];
        if (exists && _column == old.Width && _column < terminal.Width && line.Ansi.StartsWith(old.Ansi, StringComparison.Ordinal))
            _out.Append(line.Ansi, old.Ansi.Length, line.Ansi.Length - old.Ansi.Length);
        else
        {
            _out.Append('\r').Append(line.Ansi);
            // Only where it is shorter: after a full row the cursor stands on the last cell, which would be erased.
            if (line.Width < old.Width) _out.Append("\e[K");
        }
        _column = line.Width;
        _drawn[row] = line;
    }

    void MoveTo(int row)
    {
        if (row == _row) return;
        _out.Append(CultureInfo.InvariantCulture, $"\e[{Math.Abs(row - _row)}{(row < _row ? 'A' : 'B')}");
        _row = row;
        // The column is kept by the terminal, except beyond the last cell, where terminals differ.
        if (_column >= terminal.Width) MoveToColumn(0, atEnd: false);
    }

    void MoveToColumn(int column, bool atEnd)
    {
        if (column == _column || (atEnd && _column >= column && _column >= terminal.Width)) return;
        _out.Append('\r');
        if (column > 0) _out.Append(CultureInfo.InvariantCulture, $"\e[{column}C");
        _column = column;
    }

    // After a change of width terminals break long rows anew. Where the region begins follows from that; it is erased and drawn again.
    // Returns the first line to draw: what cannot be seen is not repeated.
    int AdaptToWidth(IReadOnlyList<StyledLine> lines)
    {
        int width = terminal.Width;
        if (width == _width) return 0;
        _width = width;
        int above = _drawn.Take(_row).Sum(line => Math.Max(1, (line.Width + width - 1) / width)) + Math.Max(0, _column - 1) / width;
        bool scrolled = above >= terminal.Height;
        above = Math.Min(above, terminal.Height - 1);
        _out.Append('\r');
        if (above > 0) _out.Append(CultureInfo.InvariantCulture, $"\e[{above}A");
        _out.Append("\e[J");
        _drawn.Clear();
        int first = scrolled ? Math.Max(0, lines.Count - terminal.Height) : 0;
        for (int i = 0; i < first; i++) _drawn.Add((lines[i].ToAnsi(terminal.Colors), lines[i].Width));
        (_row, _column) = (first, 0);
        if (first > 0) _drawn.Add(("", 0));
        return first;
    }
}
