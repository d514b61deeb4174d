using System.Text;
using Poise.Core.Tokenizers.Text;

namespace Poise.Core.Tokenizers;

/// <summary>A change of the text before it is split.</summary>
/// <param name="apply">The change; told whether the segment begins the whole text.</param>
/// <param name="leavesAscii">Text of ASCII characters only is not changed.</param>
sealed class TextNormalizer(Func<string, bool, string> apply, bool leavesAscii = false)
{
    public bool LeavesAscii => leavesAscii;

    public string Apply(string text, bool begins) => apply(text, begins);

    public static TextNormalizer Form(bool compose, bool compatible) => new((text, _) => UnicodeNormalizer.Normalize(text, compose, compatible), leavesAscii: true);

    public static TextNormalizer ReplaceText(string from, string to) => new((text, _) => text.Replace(from, to, StringComparison.Ordinal));

    /// <summary>Puts <paramref name="prefix"/> in front of every segment that is not empty, or of the first only.</summary>
    public static TextNormalizer Prepend(string prefix, bool firstOnly = false, bool unlessPresent = false) => new((text, begins) =>
        text.Length == 0 || (firstOnly && !begins) || (unlessPresent && text.StartsWith(prefix, StringComparison.Ordinal)) ? text : prefix + text);

    /// <summary>Replaces what a pattern matches.</summary>
    public static TextNormalizer ReplacePattern(SplitPattern pattern, string to) => new((text, _) =>
    {
        byte[] bytes = Encoding.UTF8.GetBytes(text);
        var output = new StringBuilder(text.Length);
        for (int at = 0; at < bytes.Length;)
        {
            (int start, int end) = pattern.Find(bytes, at);
            output.Append(Encoding.UTF8.GetString(bytes.AsSpan(at, start - at)));
            if (end > start) output.Append(to);
            at = end;
        }
        return output.ToString();
    });

    public static TextNormalizer Strip(bool left, bool right) => new((text, _) =>
    {
        int start = 0, end = text.Length;
        while (left && start < end && UnicodeTable.IsWhite(text[start])) start++;
        while (right && end > start && UnicodeTable.IsWhite(text[end - 1])) end--;
        return text[start..end];
    });

    public static TextNormalizer StripAccents() => new((text, _) => Each(text, (rune, output) =>
    {
        if (!IsMark(rune)) output.Append(rune.ToString());
    }), leavesAscii: true);

    public static TextNormalizer Lowercase() => new((text, _) => Lower(text));

    /// <summary>BERT's: drops controls, makes white space plain, sets CJK ideographs apart, drops accents and case.</summary>
    public static TextNormalizer Bert(bool cleanText, bool spaceIdeographs, bool stripAccents, bool lowercase) => new((text, _) =>
    {
        if (cleanText || spaceIdeographs)
        {
            text = Each(text, (rune, output) =>
            {
                int c = rune.Value, kind = UnicodeTable.Class(c);
                // Of the controls only these three count as white space; the others, formats and private characters vanish.
                if (cleanText && (c is '\t' or '\n' or '\r' || (UnicodeTable.IsWhite(c) && kind != UnicodeTable.WhiteControl))) output.Append(' ');
                else if (cleanText && BertCharacters.IsControl(c)) return;
                else if (spaceIdeographs && BertCharacters.IsIdeograph(c)) output.Append(' ').Append(rune.ToString()).Append(' ');
                else output.Append(rune.ToString());
            });
        }
        if (stripAccents)
        {
            text = Each(UnicodeNormalizer.Normalize(text, compose: false, compatible: false), (rune, output) =>
            {
                if (!BertCharacters.IsAccent(rune.Value)) output.Append(rune.ToString());
            });
        }
        return lowercase ? Lower(text) : text;
    });

    // U+0130 is the one character whose lower case is two.
    static string Lower(string text) => text.Replace("\u0130", "i\u0307", StringComparison.Ordinal).ToLowerInvariant();

    static bool IsMark(Rune rune) => (UnicodeTable.Mask("M")!.Value >> UnicodeTable.Class(rune.Value) & 1) != 0;

    static string Each(string text, Action<Rune, StringBuilder> append)
    {
        var output = new StringBuilder(text.Length);
        foreach (Rune rune in text.EnumerateRunes()) append(rune, output);
        return output.ToString();
    }
}
