namespace Poise.Core.Chat.Templates;

/// <summary>Unicode names for \N{...} in strings: punctuation and signs that a template may spell so. All 150,000 names are not worth their megabyte.</summary>
static class CharacterNames
{
    static readonly Dictionary<string, int> s_names = new(StringComparer.OrdinalIgnoreCase)
    {
        ["SPACE"] = 0x20, ["EXCLAMATION MARK"] = 0x21, ["QUOTATION MARK"] = 0x22, ["NUMBER SIGN"] = 0x23, ["DOLLAR SIGN"] = 0x24, ["PERCENT SIGN"] = 0x25,
        ["AMPERSAND"] = 0x26, ["APOSTROPHE"] = 0x27, ["LEFT PARENTHESIS"] = 0x28, ["RIGHT PARENTHESIS"] = 0x29, ["ASTERISK"] = 0x2A, ["PLUS SIGN"] = 0x2B,
        ["COMMA"] = 0x2C, ["HYPHEN-MINUS"] = 0x2D, ["FULL STOP"] = 0x2E, ["SOLIDUS"] = 0x2F, ["COLON"] = 0x3A, ["SEMICOLON"] = 0x3B, ["LESS-THAN SIGN"] = 0x3C,
        ["EQUALS SIGN"] = 0x3D, ["GREATER-THAN SIGN"] = 0x3E, ["QUESTION MARK"] = 0x3F, ["COMMERCIAL AT"] = 0x40, ["LEFT SQUARE BRACKET"] = 0x5B,
        ["REVERSE SOLIDUS"] = 0x5C, ["RIGHT SQUARE BRACKET"] = 0x5D, ["CIRCUMFLEX ACCENT"] = 0x5E, ["LOW LINE"] = 0x5F, ["GRAVE ACCENT"] = 0x60,
        ["LEFT CURLY BRACKET"] = 0x7B, ["VERTICAL LINE"] = 0x7C, ["RIGHT CURLY BRACKET"] = 0x7D, ["TILDE"] = 0x7E, ["NO-BREAK SPACE"] = 0xA0,
        ["SECTION SIGN"] = 0xA7, ["COPYRIGHT SIGN"] = 0xA9, ["LEFT-POINTING DOUBLE ANGLE QUOTATION MARK"] = 0xAB, ["SOFT HYPHEN"] = 0xAD,
        ["REGISTERED SIGN"] = 0xAE, ["DEGREE SIGN"] = 0xB0, ["PLUS-MINUS SIGN"] = 0xB1, ["PILCROW SIGN"] = 0xB6, ["MIDDLE DOT"] = 0xB7,
        ["RIGHT-POINTING DOUBLE ANGLE QUOTATION MARK"] = 0xBB, ["MULTIPLICATION SIGN"] = 0xD7, ["DIVISION SIGN"] = 0xF7, ["ZERO WIDTH SPACE"] = 0x200B,
        ["ZERO WIDTH NON-JOINER"] = 0x200C, ["ZERO WIDTH JOINER"] = 0x200D, ["HYPHEN"] = 0x2010, ["NON-BREAKING HYPHEN"] = 0x2011, ["EN DASH"] = 0x2013,
        ["EM DASH"] = 0x2014, ["LEFT SINGLE QUOTATION MARK"] = 0x2018, ["RIGHT SINGLE QUOTATION MARK"] = 0x2019, ["LEFT DOUBLE QUOTATION MARK"] = 0x201C,
        ["RIGHT DOUBLE QUOTATION MARK"] = 0x201D, ["DAGGER"] = 0x2020, ["BULLET"] = 0x2022, ["HORIZONTAL ELLIPSIS"] = 0x2026, ["LINE SEPARATOR"] = 0x2028,
        ["PARAGRAPH SEPARATOR"] = 0x2029, ["EURO SIGN"] = 0x20AC, ["TRADE MARK SIGN"] = 0x2122, ["LEFTWARDS ARROW"] = 0x2190, ["UPWARDS ARROW"] = 0x2191,
        ["RIGHTWARDS ARROW"] = 0x2192, ["DOWNWARDS ARROW"] = 0x2193, ["MINUS SIGN"] = 0x2212, ["INFINITY"] = 0x221E, ["NOT EQUAL TO"] = 0x2260,
        ["LESS-THAN OR EQUAL TO"] = 0x2264, ["GREATER-THAN OR EQUAL TO"] = 0x2265, ["LOWER ONE EIGHTH BLOCK"] = 0x2581, ["BLACK SQUARE"] = 0x25A0,
        ["WHITE SQUARE"] = 0x25A1, ["BLACK CIRCLE"] = 0x25CF, ["WHITE CIRCLE"] = 0x25CB, ["CHECK MARK"] = 0x2713, ["BALLOT X"] = 0x2717,
        ["IDEOGRAPHIC SPACE"] = 0x3000, ["ZERO WIDTH NO-BREAK SPACE"] = 0xFEFF, ["FULLWIDTH VERTICAL LINE"] = 0xFF5C, ["REPLACEMENT CHARACTER"] = 0xFFFD,
    };

    public static int? Find(string name) => s_names.TryGetValue(name, out int point) ? point : null;
}
