using System.Globalization;

namespace Poise.Core.Tokenizers.Text;

/// <summary>
/// The class of every code point, from the tables that .NET itself carries (so results do not depend on the host), in pages filled on first use.
/// A class is a general category, except that the control characters with the property White_Space (U+0009-000D, U+0085) form a class of their own:
/// every set of split patterns is then a bit mask.
/// </summary>
static class UnicodeTable
{
    /// <summary>The class after the 30 general categories: controls that are white space.</summary>
    public const int WhiteControl = 30;

    public const uint All = (1u << 31) - 1;

    /// <summary>White_Space: Zs, Zl, Zp and the white controls.</summary>
    public const uint White = (1u << (int)UnicodeCategory.SpaceSeparator) | (1u << (int)UnicodeCategory.LineSeparator) | (1u << (int)UnicodeCategory.ParagraphSeparator) | (1u << WhiteControl);

    static readonly byte[]?[] s_pages = new byte[]?[0x1100];

    public static int Class(int codePoint)
    {
        byte[] page = s_pages[codePoint >> 8] ?? Fill(codePoint >> 8);
        return page[codePoint & 255];
    }

    public static bool IsWhite(int codePoint) => (White >> Class(codePoint) & 1) != 0;

    /// <summary>The mask of a Unicode property as split patterns name it (`L`, `Lu`, `P` ...), or null where it is not a general category.</summary>
    public static uint? Mask(string name) => name switch
    {
        "L" or "Letter" => Range(0, 4),
        "Lu" => 1u << 0,
        "Ll" => 1u << 1,
        "Lt" => 1u << 2,
        "Lm" => 1u << 3,
        "Lo" => 1u << 4,
        "M" or "Mark" => Range(5, 7),
        "Mn" => 1u << 5,
        "Mc" => 1u << 6,
        "Me" => 1u << 7,
        "N" or "Number" => Range(8, 10),
        "Nd" => 1u << 8,
        "Nl" => 1u << 9,
        "No" => 1u << 10,
        "Z" => Range(11, 13),
        "Zs" => 1u << 11,
        "Zl" => 1u << 12,
        "Zp" => 1u << 13,
        "C" => Range(14, 17) | (1u << 29) | (1u << WhiteControl),
        "Cc" => (1u << 14) | (1u << WhiteControl),
        "Cf" => 1u << 15,
        "Cs" => 1u << 16,
        "Co" => 1u << 17,
        "Cn" => 1u << 29,
        "P" or "Punctuation" => Range(18, 24),
        "Pc" => 1u << 18,
        "Pd" => 1u << 19,
        "Ps" => 1u << 20,
        "Pe" => 1u << 21,
        "Pi" => 1u << 22,
        "Pf" => 1u << 23,
        "Po" => 1u << 24,
        "S" or "Symbol" => Range(25, 28),
        "Sm" => 1u << 25,
        "Sc" => 1u << 26,
        "Sk" => 1u << 27,
        "So" => 1u << 28,
        _ => null,
    };

    static uint Range(int first, int last) => (uint)((1UL << (last + 1)) - (1UL << first));

    static byte[] Fill(int index)
    {
        var page = new byte[256];
        for (int i = 0; i < 256; i++)
        {
            int codePoint = (index << 8) | i;
            page[i] = codePoint is >= 9 and <= 13 or 0x85 ? (byte)WhiteControl : (byte)CharUnicodeInfo.GetUnicodeCategory(codePoint);
        }
        return s_pages[index] = page;
    }
}
