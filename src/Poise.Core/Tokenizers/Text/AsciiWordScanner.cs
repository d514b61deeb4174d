namespace Poise.Core.Tokenizers.Text;

/// <summary>
/// The pieces of <see cref="SplitRules.O200k"/> where the text is ASCII, in one pass without backtracking. It gives up, and the general matcher
/// takes over, wherever a code point beyond ASCII has a say.
/// </summary>
static class AsciiWordScanner
{
    // Upper, lower and digit are compared by order: letters are the kinds up to Lower.
    const byte Upper = 0, Lower = 1, Digit = 2, Other = 3, White = 4, Break = 5, Beyond = 6;

    static readonly byte[] s_kinds = Kinds();

    /// <summary>The end of the piece at <paramref name="position"/>; -1 where code points beyond ASCII must be looked at.</summary>
    public static int Match(ReadOnlySpan<byte> text, int position)
    {
        byte[] kinds = s_kinds;
        int at = position;
        byte kind = kinds[text[at]];
        if (kind > Digit)
        {
            if (kind == Beyond) return -1;
            if (++at == text.Length) return at;
            byte next = kinds[text[at]];
            if (next == Beyond) return -1;
            if (kind != Break && next <= Lower) kind = next;
            else if (kind == Other || (next == Other && text[position] == ' ')) return Marks(text, at, kinds);
            else return Blank(text, position, kinds);
        }
        else if (kind == Digit)
        {
            for (int last = Math.Min(text.Length, at + 3); ++at < last;)
                if (kinds[text[at]] is not Digit and var after) return after == Beyond ? -1 : at;
            return at;
        }
        // A letter lies at this place: capitals, then small letters.
        byte stop = kind;
        do
        {
            if (++at >= text.Length) return at;
            stop = kinds[text[at]];
        }
        while (stop == Upper && kind == Upper);
        while (stop == Lower)
        {
            if (++at >= text.Length) return at;
            stop = kinds[text[at]];
        }
        return stop == Beyond ? -1 : text[at] == '\'' ? Contraction(text, at, kinds) : at;
    }

    /// <summary>The end of a word before an apostrophe, with 's, 't, 'm, 'd, 're, 've or 'll where they follow.</summary>
    static int Contraction(ReadOnlySpan<byte> text, int at, byte[] kinds)
    {
        if (at + 1 >= text.Length) return at;
        if (kinds[text[at + 1]] == Beyond) return -1;
        int first = text[at + 1] | 0x20;
        if (first is 's' or 't' or 'm' or 'd' && kinds[text[at + 1]] <= Lower) return at + 2;
        if (at + 2 >= text.Length || first is not ('r' or 'v' or 'l')) return at;
        if (kinds[text[at + 2]] == Beyond) return -1;
        return kinds[text[at + 1]] <= Lower && kinds[text[at + 2]] <= Lower && (text[at + 2] | 0x20) == (first == 'l' ? 'l' : 'e') ? at + 3 : at;
    }

    static int Marks(ReadOnlySpan<byte> text, int at, byte[] kinds)
    {
        while (at < text.Length && kinds[text[at]] == Other) at++;
        if (at < text.Length && kinds[text[at]] == Beyond) return -1;
        while (at < text.Length && text[at] is (byte)'\r' or (byte)'\n' or (byte)'/') at++;
        return at;
    }

    /// <summary>White space: up to the last line break in it; else all but the last character where more text follows.</summary>
    static int Blank(ReadOnlySpan<byte> text, int position, byte[] kinds)
    {
        int at = position, afterBreak = -1;
        for (; at < text.Length; at++)
        {
            byte kind = kinds[text[at]];
            if (kind == Beyond) return -1;
            if (kind < White) break;
            if (kind == Break) afterBreak = at + 1;
        }
        if (afterBreak >= 0) return afterBreak;
        return at == text.Length || at == position + 1 ? at : at - 1;
    }

    static byte[] Kinds()
    {
        var kinds = new byte[256];
        for (int c = 0; c < 256; c++)
        {
            kinds[c] = c switch
            {
                >= 128 => Beyond,
                '\r' or '\n' => Break,
                ' ' or '\t' or '\v' or '\f' => White,
                >= '0' and <= '9' => Digit,
                >= 'A' and <= 'Z' => Upper,
                >= 'a' and <= 'z' => Lower,
                _ => Other,
            };
        }
        return kinds;
    }
}
