using System.Globalization;
using System.Text;
using Poise.Cli.Terminal;

namespace Poise.Tests.Terminal;

/// <summary>A terminal in memory: cells, a cursor, scrollback. Sequences that it does not know fail the test.</summary>
sealed class VirtualScreen(int width, int height) : ITerminal
{
    readonly List<string[]> _scrollback = [];
    readonly List<string[]> _rows = [NewRow(width)];
    int _row;
    int _column;
    bool _wraps = true;

    public int Width { get; private set; } = width;

    public int Height { get; private set; } = height;

    public bool Colors { get; init; } = true;

    public StringBuilder Raw { get; } = new();

    /// <summary>Cells written, to see that nothing is drawn twice.</summary>
    public int CellsWritten { get; private set; }

    public (int Row, int Column) Cursor => (_row, _column);

    /// <summary>The rows in sight, without blanks at their ends and without empty rows at the end.</summary>
    public string Visible => Join(_rows);

    /// <summary>Everything a person can scroll back to, and what is in sight.</summary>
    public string All => Join(_scrollback.Concat(_rows));

    public void Write(string text)
    {
        Raw.Append(text);
        for (int i = 0; i < text.Length;)
        {
            if (text[i] == '\e') i = Escape(text, i + 1);
            else if (text[i] == '\r') (_column, i) = (0, i + 1);
            else if (text[i] == '\n')
            {
                Down();
                i++;
            }
            else
            {
                Assert.True(text[i] >= ' ' && text[i] is not ('\u007f' or (>= '\u0080' and <= '\u009f')), $"a control character {(int)text[i]:x2} reached the screen");
                Rune rune = Rune.GetRuneAt(text, i);
                Put(rune);
                i += rune.Utf16SequenceLength;
            }
        }
    }

    /// <summary>Rows keep their first cells, as on terminals that do not reflow; nothing in these tests is wider than the new width.</summary>
    public void Resize(int width, int height)
    {
        for (int r = 0; r < _rows.Count; r++)
        {
            string[] old = _rows[r];
            _rows[r] = NewRow(width);
            Array.Copy(old, _rows[r], Math.Min(old.Length, width));
        }
        (Width, Height) = (width, height);
        while (_rows.Count > Height) Scroll();
        _column = Math.Min(_column, width - 1);
    }

    static string[] NewRow(int width) => Enumerable.Repeat(" ", width).ToArray();

    static string Join(IEnumerable<string[]> rows) => string.Join('\n', rows.Select(row => string.Concat(row).TrimEnd())).TrimEnd('\n');

    void Put(Rune rune)
    {
        int cells = CellWidth.Of(rune);
        if (cells == 0)
        {
            int before = Math.Max(0, _column - 1);
            if (_rows[_row][before].Length == 0 && before > 0) before--;
            _rows[_row][before] += rune;
            return;
        }
        if (_column + cells > Width)
        {
            if (_wraps)
            {
                _column = 0;
                Down();
            }
            else _column = Width - cells;
        }
        _rows[_row][_column] = rune.ToString();
        if (cells == 2) _rows[_row][_column + 1] = "";
        _column += cells;
        CellsWritten += cells;
    }

    void Down()
    {
        _row++;
        if (_row == _rows.Count) _rows.Add(NewRow(Width));
        while (_rows.Count > Height) Scroll();
    }

    void Scroll()
    {
        _scrollback.Add(_rows[0]);
        _rows.RemoveAt(0);
        _row = Math.Max(0, _row - 1);
    }

    int Escape(string text, int at)
    {
        Assert.Equal('[', text[at]);
        int end = at + 1;
        while (!char.IsAsciiLetter(text[end])) end++;
        string parameter = text[(at + 1)..end];
        int count = int.TryParse(parameter, NumberStyles.None, CultureInfo.InvariantCulture, out int n) ? n : 1;
        switch (text[end])
        {
            case 'A': _row = Math.Max(0, _row - count); break;
            case 'B': _row = Math.Min(_rows.Count - 1, _row + count); break;
            case 'C': _column = Math.Min(Width - 1, _column + count); break;
            case 'K': Clear(_row, Math.Min(_column, Width - 1)); break;
            case 'H':
                Assert.Equal("", parameter);
                (_row, _column) = (0, 0);
                break;
            case 'J' when parameter is "2":
                for (int r = 0; r < _rows.Count; r++) Clear(r, 0);
                break;
            case 'J':
                Assert.Equal("", parameter);
                Clear(_row, Math.Min(_column, Width - 1));
                for (int r = _row + 1; r < _rows.Count; r++) Clear(r, 0);
                break;
            case 'm': break;
            case 'h' or 'l' when parameter is "?7": _wraps = text[end] == 'h'; break;
            case 'h' or 'l' when parameter is "?25" or "?2004": break;
            default: Assert.Fail($"an unknown sequence ESC[{parameter}{text[end]}"); break;
        }
        return end + 1;
    }

    void Clear(int row, int from) => Array.Fill(_rows[row], " ", from, Width - from);
}
