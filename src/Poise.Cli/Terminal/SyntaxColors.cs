namespace Poise.Cli.Terminal;

/// <summary>Colours code lightly: comments, strings, numbers and keywords. It reads on to the end of whatever it is given.</summary>
static class SyntaxColors
{
    static readonly TextStyle s_comment = new(TextColor.Gray, Italic: true);
    static readonly TextStyle s_string = new(TextColor.Green);
    static readonly TextStyle s_number = new(TextColor.Yellow);
    static readonly TextStyle s_keyword = new(TextColor.Blue, Bold: true);

    public static List<StyledRun> Runs(string language, string code)
    {
        if (CodeLanguage.Find(language) is not { } rules) return [new StyledRun(code)];
        var runs = new List<StyledRun>();
        int plain = 0;
        for (int i = 0; i < code.Length;)
        {
            (int length, TextStyle style) = Token(rules, code, i);
            if (style != default)
            {
                if (i > plain) runs.Add(new StyledRun(code[plain..i]));
                runs.Add(new StyledRun(code.Substring(i, length), style));
                plain = i + length;
            }
            i += length;
        }
        if (plain < code.Length) runs.Add(new StyledRun(code[plain..]));
        return runs;
    }

    static (int Length, TextStyle Style) Token(CodeLanguage rules, string code, int at)
    {
        if (Starts(code, at, rules.BlockComment.Open)) return (Through(code, at + rules.BlockComment.Open.Length, rules.BlockComment.Close) - at, s_comment);
        // In a shell the sign begins a comment only at the start of a word: $# and ${x#y} are none.
        if (Starts(code, at, rules.LineComment) && (rules.LineComment != "#" || at == 0 || char.IsWhiteSpace(code[at - 1])))
            return (Through(code, at, "\n", including: false) - at, s_comment);
        foreach (string quote in rules.Quotes)
            if (Starts(code, at, quote)) return (EndOfString(code, at, quote) - at, s_string);
        char c = code[at];
        if (char.IsAsciiDigit(c)) return (Word(code, at, number: true), s_number);
        if (!char.IsLetter(c) && c != '_') return (1, default);
        int length = Word(code, at, number: false);
        return (length, rules.Keywords.Contains(code.Substring(at, length)) ? s_keyword : default);
    }

    static bool Starts(string code, int at, string text) => text.Length > 0 && string.CompareOrdinal(code, at, text, 0, text.Length) == 0;

    static int Through(string code, int from, string end, bool including = true)
    {
        int found = code.IndexOf(end, from, StringComparison.Ordinal);
        return found < 0 ? code.Length : found + (including ? end.Length : 0);
    }

    // Strings of one quote end with the line at the latest, so that an apostrophe does not colour the rest.
    static int EndOfString(string code, int at, string quote)
    {
        bool severalLines = quote.Length > 1 || quote == "`";
        for (int i = at + quote.Length; i < code.Length; i++)
        {
            if (Starts(code, i, quote)) return i + quote.Length;
            if (code[i] == '\\') i++;
            else if (code[i] == '\n' && !severalLines) return i;
        }
        return code.Length;
    }

    static int Word(string code, int at, bool number)
    {
        int end = at + 1;
        while (end < code.Length && (char.IsLetterOrDigit(code[end]) || code[end] == '_' || (number && code[end] == '.'))) end++;
        return end - at;
    }
}
