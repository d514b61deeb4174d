using System.Globalization;
using System.Text;

namespace Poise.Core.Chat.Templates;

/// <summary>Classes of characters and changes of case by Python's rules.</summary>
static class PythonCharacters
{
    /// <summary>Upper case of more than one letter: Unicode's SpecialCasing.</summary>
    static readonly Dictionary<int, string> s_longUpper = LongUpper();

    /// <summary>Other_Lowercase and Other_Uppercase: letters by use, in pairs of first and last.</summary>
    static readonly int[] s_otherLower =
    [
        0xAA, 0xAA, 0xBA, 0xBA, 0x2B0, 0x2B8, 0x2C0, 0x2C1, 0x2E0, 0x2E4, 0x345, 0x345, 0x37A, 0x37A, 0x1D2C, 0x1D6A, 0x1D78, 0x1D78, 0x1D9B, 0x1DBF, 0x2071, 0x2071,
        0x207F, 0x207F, 0x2090, 0x209C, 0x2170, 0x217F, 0x24D0, 0x24E9, 0x2C7C, 0x2C7D, 0xA69C, 0xA69D, 0xA770, 0xA770, 0xA7F8, 0xA7F9, 0xAB5C, 0xAB5F,
    ];

    static readonly int[] s_otherUpper = [0x2160, 0x216F, 0x24B6, 0x24CF, 0x1F130, 0x1F149, 0x1F150, 0x1F169, 0x1F170, 0x1F189];

    public static bool IsSpace(int point) =>
        point is (>= 9 and <= 13) or (>= 28 and <= 32) or 0x85 or 0xA0 or 0x1680 or (>= 0x2000 and <= 0x200A) or 0x2028 or 0x2029 or 0x202F or 0x205F or 0x3000;

    /// <summary>Where <c>splitlines</c> cuts.</summary>
    public static bool IsLineEnd(char unit) => unit is (>= '\n' and <= '\r') or (>= '\x1c' and <= '\x1e') or '\x85' or '\u2028' or '\u2029';

    public static bool IsPrintable(int point) => point == ' ' || Category(point) is not (UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.Surrogate
        or UnicodeCategory.PrivateUse or UnicodeCategory.OtherNotAssigned or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator or UnicodeCategory.SpaceSeparator);

    public static bool IsLetter(int point) => Category(point) <= UnicodeCategory.OtherLetter;

    public static bool IsDecimal(int point) => Category(point) == UnicodeCategory.DecimalDigitNumber;

    public static bool IsDigit(int point) => CharUnicodeInfo.GetDigitValue(CodePoints.ToText(point), 0) >= 0;

    public static bool IsNumeric(int point) => CharUnicodeInfo.GetNumericValue(CodePoints.ToText(point), 0) != -1 || IsDigit(point);

    public static bool IsLower(int point) => Category(point) == UnicodeCategory.LowercaseLetter || IsIn(s_otherLower, point);

    public static bool IsUpper(int point) => Category(point) == UnicodeCategory.UppercaseLetter || IsIn(s_otherUpper, point);

    public static bool IsTitle(int point) => Category(point) == UnicodeCategory.TitlecaseLetter;

    public static bool IsCased(int point) => IsLower(point) || IsUpper(point) || IsTitle(point);

    /// <summary>Letters, digits and the underscore: what names are made of, and <c>\w</c>.</summary>
    public static bool IsWord(int point) => point == '_' || IsLetter(point) || IsDecimal(point) || IsNumeric(point);

    public static bool IsNameStart(int point) => point == '_' || IsLetter(point) || Category(point) == UnicodeCategory.LetterNumber;

    public static bool IsNamePart(int point) =>
        IsNameStart(point) || Category(point) is UnicodeCategory.DecimalDigitNumber or UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark or UnicodeCategory.ConnectorPunctuation;

    public static string Strip(string text) => StripEnd(StripStart(text));

    public static string StripStart(string text)
    {
        int start = 0;
        while (start < text.Length && IsSpace(text[start])) start++;
        return text[start..];
    }

    public static string StripEnd(string text)
    {
        int end = text.Length;
        while (end > 0 && IsSpace(text[end - 1])) end--;
        return text[..end];
    }

    public static string Upper(string text) => Map(text, static (to, _, _, point) => AppendUpper(to, point));

    public static string Lower(string text) => Map(text, AppendLower);

    public static string SwapCase(string text) => Map(text, static (to, from, at, point) =>
    {
        if (IsUpper(point)) AppendLower(to, from, at, point);
        else if (IsLower(point)) AppendUpper(to, point);
        else CodePoints.Append(to, point);
    });

    public static string Capitalize(string text) => Map(text, static (to, from, at, point) =>
    {
        if (at == 0) AppendTitle(to, point);
        else AppendLower(to, from, at, point);
    });

    /// <summary>A letter after something that has no case becomes big, so <c>they're</c> becomes <c>They'Re</c>.</summary>
    public static string Title(string text)
    {
        bool afterCased = false;
        return Map(text, (to, from, at, point) =>
        {
            if (afterCased) AppendLower(to, from, at, point);
            else AppendTitle(to, point);
            afterCased = IsCased(point);
        });
    }

    public static string CaseFold(string text) => Map(text, static (to, _, _, point) =>
    {
        if (point == 0x1E9E) to.Append("ss");
        else if (point == 0x130) to.Append("i\u0307");
        else if (point is 0x17F) to.Append('s');
        else if (point is 0x3C2) to.Append('σ');
        else if (point is 0xB5) to.Append('μ');
        else if (point is 0x345 or 0x1FBE) to.Append('ι');
        else if (s_longUpper.TryGetValue(point, out string? upper)) to.Append(upper.ToLowerInvariant());
        else CodePoints.Append(to, Simple(point, upper: false));
    });

    /// <summary>The text with decimal digits of all scripts as 0 to 9.</summary>
    public static string AsciiDigits(string text) => Map(text, static (to, _, _, point) =>
    {
        if (point >= 128 && IsDecimal(point)) to.Append((char)('0' + CharUnicodeInfo.GetDecimalDigitValue(CodePoints.ToText(point), 0)));
        else CodePoints.Append(to, point);
    });

    static UnicodeCategory Category(int point) => CharUnicodeInfo.GetUnicodeCategory(point);

    static bool IsIn(int[] ranges, int point)
    {
        for (int i = 0; i < ranges.Length; i += 2)
            if (point >= ranges[i] && point <= ranges[i + 1]) return true;
        return false;
    }

    static string Map(string text, Action<StringBuilder, string, int, int> append)
    {
        var mapped = new StringBuilder(text.Length);
        for (int i = 0; i < text.Length; i += CodePoints.LengthAt(text, i)) append(mapped, text, i, CodePoints.At(text, i));
        return mapped.ToString();
    }

    static void AppendUpper(StringBuilder to, int point)
    {
        if (s_longUpper.TryGetValue(point, out string? upper)) to.Append(upper);
        else CodePoints.Append(to, Simple(point, upper: true));
    }

    static void AppendLower(StringBuilder to, string from, int at, int point)
    {
        if (point == 0x130) to.Append("i\u0307");
        else if (point == 0x3A3) to.Append(EndsWord(from, at) ? 'ς' : 'σ');
        else CodePoints.Append(to, Simple(point, upper: false));
    }

    static void AppendTitle(StringBuilder to, int point)
    {
        // The digraphs have forms of their own; Georgian has no capitals in running text.
        if (point is >= 0x1C4 and <= 0x1CC) to.Append((char)(point <= 0x1C6 ? 0x1C5 : point <= 0x1C9 ? 0x1C8 : 0x1CB));
        else if (point is >= 0x1F1 and <= 0x1F3) to.Append((char)0x1F2);
        else if (point is >= 0x10D0 and <= 0x10FF) to.Append((char)point);
        else if (point is (>= 0x1F80 and <= 0x1FAF) or 0x1FB3 or 0x1FC3 or 0x1FF3 or 0x1FBC or 0x1FCC or 0x1FFC) to.Append((char)TitleWithIota(point));
        else if (s_longUpper.TryGetValue(point, out string? upper)) to.Append(upper[0]).Append(upper[1..].ToLowerInvariant());
        else CodePoints.Append(to, Simple(point, upper: true));
    }

    static int TitleWithIota(int point) => point switch
    {
        0x1FB3 or 0x1FC3 or 0x1FF3 => point + 9,
        >= 0x1F80 and <= 0x1FAF => point | 8,
        _ => point,
    };

    static int Simple(int point, bool upper)
    {
        if (point is >= 0xD800 and <= 0xDFFF) return point;
        var rune = new Rune(point);
        return (upper ? Rune.ToUpperInvariant(rune) : Rune.ToLowerInvariant(rune)).Value;
    }

    /// <summary>Greek sigma has a form for the end of a word: after a letter, and none follows.</summary>
    static bool EndsWord(string text, int at)
    {
        int before = at - 1, after = at + 1;
        while (before >= 0 && IsIgnorable(text[before])) before--;
        while (after < text.Length && IsIgnorable(text[after])) after++;
        return before >= 0 && IsCased(text[before]) && !(after < text.Length && IsCased(text[after]));
    }

    static bool IsIgnorable(char unit) => unit is '\'' or '.' or ':' or '·' or '’' or '\u00AD' or '^' or '`'
        || Category(unit) is UnicodeCategory.NonSpacingMark or UnicodeCategory.EnclosingMark or UnicodeCategory.Format or UnicodeCategory.ModifierLetter or UnicodeCategory.ModifierSymbol;

    static Dictionary<int, string> LongUpper()
    {
        var upper = new Dictionary<int, string>
        {
            [0xDF] = "SS", [0x149] = "ʼN", [0x1F0] = "J̌", [0x390] = "Ϊ́", [0x3B0] = "Ϋ́", [0x587] = "ԵՒ", [0x1E96] = "H̱", [0x1E97] = "T̈", [0x1E98] = "W̊",
            [0x1E99] = "Y̊", [0x1E9A] = "Aʾ", [0x1F50] = "Υ̓", [0x1F52] = "Υ̓̀", [0x1F54] = "Υ̓́", [0x1F56] = "Υ̓͂", [0x1FB2] = "ᾺΙ", [0x1FB3] = "ΑΙ", [0x1FB4] = "ΆΙ",
            [0x1FB6] = "Α͂", [0x1FB7] = "Α͂Ι", [0x1FBC] = "ΑΙ", [0x1FC2] = "ῊΙ", [0x1FC3] = "ΗΙ", [0x1FC4] = "ΉΙ", [0x1FC6] = "Η͂", [0x1FC7] = "Η͂Ι", [0x1FCC] = "ΗΙ",
            [0x1FD2] = "Ϊ̀", [0x1FD3] = "Ϊ́", [0x1FD6] = "Ι͂", [0x1FD7] = "Ϊ͂", [0x1FE2] = "Ϋ̀", [0x1FE3] = "Ϋ́", [0x1FE4] = "Ρ̓", [0x1FE6] = "Υ͂", [0x1FE7] = "Ϋ͂",
            [0x1FF2] = "ῺΙ", [0x1FF3] = "ΩΙ", [0x1FF4] = "ΏΙ", [0x1FF6] = "Ω͂", [0x1FF7] = "Ω͂Ι", [0x1FFC] = "ΩΙ",
            [0xFB00] = "FF", [0xFB01] = "FI", [0xFB02] = "FL", [0xFB03] = "FFI", [0xFB04] = "FFL", [0xFB05] = "ST", [0xFB06] = "ST",
            [0xFB13] = "ՄՆ", [0xFB14] = "ՄԵ", [0xFB15] = "ՄԻ", [0xFB16] = "ՎՆ", [0xFB17] = "ՄԽ",
        };
        // Greek with a iota below: the letter without it, then a big iota. Three blocks of sixteen (alpha, eta, omega).
        for (int i = 0; i < 0x30; i++)
        {
            int letter = (i >> 4) switch { 0 => 0x1F08, 1 => 0x1F28, _ => 0x1F68 } + (i & 7);
            upper[0x1F80 + i] = (char)letter + "Ι";
        }
        return upper;
    }
}
