using System.Text;
using Poise.Cli.Output;

namespace Poise.Cli.Terminal;

/// <summary>
/// Text from outside as a terminal may show it: nothing in it can drive the terminal, and every terminal agrees on its width.
/// Line feeds stay; tabs become blanks.
/// </summary>
static class ShownText
{
    const string Tab = "    ";

    public static string Of(string text)
    {
        if (IsPlain(text)) return text;
        var kept = new StringBuilder(text.Length);
        // Joiners stay raw between letters, where they shape the script; they cannot pass Printable, so the text goes in pieces.
        var shown = new StringBuilder(text.Length);
        int previous = 0;
        foreach (Rune rune in text.EnumerateRunes())
        {
            if (IsDropped(rune, previous)) continue;
            if (rune.Value is 0x200C or 0x200D)
            {
                shown.Append(Printable.Text(kept.ToString())).Append(rune);
                kept.Clear();
            }
            else if (rune.Value == '\t') kept.Append(Tab);
            else kept.Append(rune);
            previous = CellWidth.Of(rune);
        }
        return shown.Append(Printable.Text(kept.ToString())).ToString();
    }

    static bool IsPlain(string text)
    {
        foreach (char c in text)
            if (c is not (>= ' ' and <= '~' or '\n')) return false;
        return true;
    }

    // Invisible characters, and those that terminals draw in one or in two cells as they please: emoji joiners, variation
    // selectors and skin tones. The conversation keeps them.
    static bool IsDropped(Rune rune, int previousWidth) => rune.Value switch
    {
        '\r' or 0xAD or 0x200B or 0x2060 or 0xFEFF or 0xFE0E or 0xFE0F => true,
        0x200D or (>= 0x1F3FB and <= 0x1F3FF) => previousWidth == 2,
        _ => false,
    };
}
