using System.Globalization;

namespace Poise.Cli.Terminal;

/// <summary>Text and a cursor that stands between characters as people count them. Knows nothing of keys or screens.</summary>
sealed class EditBuffer
{
    string _killed = "";

    public string Text { get; private set; } = "";

    /// <summary>In UTF-16 units, never inside a grapheme cluster.</summary>
    public int Cursor { get; private set; }

    public int LineStart => Cursor == 0 ? 0 : Text.LastIndexOf('\n', Cursor - 1) + 1;

    public int LineEnd => Text.IndexOf('\n', Cursor) is >= 0 and var end ? end : Text.Length;

    public void Set(string text) => Set(text, int.MaxValue);

    public void Set(string text, int cursor)
    {
        Text = Normalize(text);
        Cursor = Math.Clamp(cursor, 0, Text.Length);
    }

    public void Insert(string text)
    {
        text = Normalize(text);
        Text = Text.Insert(Cursor, text);
        Cursor += text.Length;
    }

    public void Left() => Cursor = Previous();

    public void Right() => Cursor = Next();

    public void WordLeft() => Cursor = PreviousWord();

    public void WordRight() => Cursor = NextWord();

    public void Home() => Cursor = LineStart;

    public void End() => Cursor = LineEnd;

    public void DeleteLeft() => Remove(Previous(), Cursor);

    public void DeleteRight() => Remove(Cursor, Next());

    public void KillToEnd() => Kill(Cursor, LineEnd > Cursor ? LineEnd : Next());

    public void KillToStart() => Kill(LineStart < Cursor ? LineStart : Previous(), Cursor);

    /// <summary>Back to the blank before the word, as Ctrl-W does in shells.</summary>
    public void KillBlankWordLeft()
    {
        int from = Cursor;
        while (from > 0 && char.IsWhiteSpace(Text[from - 1])) from--;
        while (from > 0 && !char.IsWhiteSpace(Text[from - 1])) from--;
        Kill(from, Cursor);
    }

    public void KillWordLeft() => Kill(PreviousWord(), Cursor);

    public void KillWordRight() => Kill(Cursor, NextWord());

    public void Yank() => Insert(_killed);

    /// <summary>One line up in the same column; false on the first line.</summary>
    public bool Up()
    {
        int start = LineStart;
        if (start == 0) return false;
        int column = Columns(start, Cursor);
        Cursor = start - 1;
        Cursor = AtColumn(LineStart, column);
        return true;
    }

    public bool Down()
    {
        int end = LineEnd;
        if (end == Text.Length) return false;
        int column = Columns(LineStart, Cursor);
        Cursor = AtColumn(end + 1, column);
        return true;
    }

    int Columns(int from, int to) => CellWidth.Of(Text.AsSpan(from, to - from));

    int AtColumn(int lineStart, int column)
    {
        int at = lineStart, used = 0;
        while (at < Text.Length && Text[at] != '\n')
        {
            int length = StringInfo.GetNextTextElementLength(Text, at);
            used += Columns(at, at + length);
            if (used > column) break;
            at += length;
        }
        return at;
    }

    int Next() => Cursor == Text.Length ? Cursor : Cursor + StringInfo.GetNextTextElementLength(Text, Cursor);

    // Clusters can only be found forwards; none reaches over a line feed.
    int Previous()
    {
        if (Cursor == 0) return 0;
        if (Text[Cursor - 1] == '\n') return Cursor - 1;
        int at = LineStart;
        while (true)
        {
            int next = at + StringInfo.GetNextTextElementLength(Text, at);
            if (next >= Cursor) return at;
            at = next;
        }
    }

    int PreviousWord()
    {
        int at = Cursor;
        while (at > 0 && !IsWord(at - 1)) at--;
        while (at > 0 && IsWord(at - 1)) at--;
        return at;
    }

    int NextWord()
    {
        int at = Cursor;
        while (at < Text.Length && !IsWord(at)) at++;
        while (at < Text.Length && IsWord(at)) at++;
        return at;
    }

    // Marks and surrogates belong to words, so that a word's edge never cuts a character.
    bool IsWord(int at) => char.IsLetterOrDigit(Text[at]) || char.IsSurrogate(Text[at]) || Text[at] == '_'
        || CharUnicodeInfo.GetUnicodeCategory(Text[at]) is UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark or UnicodeCategory.Format;

    void Kill(int from, int to)
    {
        if (from == to) return;
        _killed = Text[from..to];
        Remove(from, to);
    }

    void Remove(int from, int to)
    {
        Text = Text.Remove(from, to - from);
        Cursor = from;
    }

    static string Normalize(string text) => text.Replace("\r\n", "\n", StringComparison.Ordinal).Replace('\r', '\n');
}
