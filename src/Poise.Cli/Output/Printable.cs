using System.Globalization;
using System.Text;

namespace Poise.Cli.Output;

/// <summary>
/// Makes text from files safe to show: a name in a model file must not be able to move the cursor, recolour the terminal
/// or reverse what the eye reads.
/// </summary>
static class Printable
{
    /// <summary>One line: line breaks and tabs are escaped too.</summary>
    public static string Line(string text) => Escape(text, keepLayout: false);

    /// <summary>Several lines may stay several lines.</summary>
    public static string Text(string text) => Escape(text, keepLayout: true);

    static string Escape(string text, bool keepLayout)
    {
        StringBuilder? escaped = null;
        for (int i = 0; i < text.Length; i++)
        {
            char c = text[i];
            int units = char.IsHighSurrogate(c) && i + 1 < text.Length && char.IsLowSurrogate(text[i + 1]) ? 2 : 1;
            bool safe = units == 2 ? IsSafe(CharUnicodeInfo.GetUnicodeCategory(text, i))
                : (keepLayout && c is '\n' or '\t') || IsSafe(CharUnicodeInfo.GetUnicodeCategory(c));
            if (!safe) escaped ??= new StringBuilder(text, 0, i, text.Length + 16);
            if (safe) escaped?.Append(text, i, units);
            else
                for (int k = 0; k < units; k++) escaped!.Append(CultureInfo.InvariantCulture, $"\\u{(int)text[i + k]:x4}");
            i += units - 1;
        }
        return escaped?.ToString() ?? text;
    }

    // Format characters (Cf) hold the bidirectional overrides; lone surrogates cannot be encoded.
    static bool IsSafe(UnicodeCategory category) => category is not (UnicodeCategory.Control or UnicodeCategory.Format
        or UnicodeCategory.Surrogate or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator);
}
