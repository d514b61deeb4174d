namespace Poise.Core.Tokenizers.Text;

/// <summary>
/// What BERT's tokenizers take for punctuation and for accents: the categories of Unicode 8.0, the version whose tables the
/// library that trained and runs them carries. Characters assigned later count as letters there, so they must here.
/// Generated from the Unicode character database (properties Age, P and Mn).
/// </summary>
static class BertCharacters
{
    /// <summary>A class of the split patterns: ASCII punctuation and symbols, and category P.</summary>
    public const string PunctuationClass =
        "[!-/:-@\\[-`{-~" +
        "\u00A1\u00A7\u00AB\u00B6-\u00B7\u00BB\u00BF\u037E\u0387\u055A-\u055F\u0589-\u058A\u05BE\u05C0\u05C3\u05C6\u05F3-\u05F4" +
        "\u0609-\u060A\u060C-\u060D\u061B\u061E-\u061F\u066A-\u066D\u06D4\u0700-\u070D\u07F7-\u07F9\u0830-\u083E\u085E\u0964-\u0965\u0970" +
        "\u0AF0\u0DF4\u0E4F\u0E5A-\u0E5B\u0F04-\u0F12\u0F14\u0F3A-\u0F3D\u0F85\u0FD0-\u0FD4\u0FD9-\u0FDA\u104A-\u104F\u10FB\u1360-\u1368" +
        "\u1400\u166E\u169B-\u169C\u16EB-\u16ED\u1735-\u1736\u17D4-\u17D6\u17D8-\u17DA\u1800-\u180A\u1944-\u1945\u1A1E-\u1A1F\u1AA0-\u1AA6" +
        "\u1AA8-\u1AAD\u1B5A-\u1B60\u1BFC-\u1BFF\u1C3B-\u1C3F\u1C7E-\u1C7F\u1CC0-\u1CC7\u1CD3\u2010-\u2027\u2030-\u2043\u2045-\u2051" +
        "\u2053-\u205E\u207D-\u207E\u208D-\u208E\u2308-\u230B\u2329-\u232A\u2768-\u2775\u27C5-\u27C6\u27E6-\u27EF\u2983-\u2998\u29D8-\u29DB" +
        "\u29FC-\u29FD\u2CF9-\u2CFC\u2CFE-\u2CFF\u2D70\u2E00-\u2E2E\u2E30-\u2E42\u3001-\u3003\u3008-\u3011\u3014-\u301F\u3030\u303D\u30A0" +
        "\u30FB\uA4FE-\uA4FF\uA60D-\uA60F\uA673\uA67E\uA6F2-\uA6F7\uA874-\uA877\uA8CE-\uA8CF\uA8F8-\uA8FA\uA8FC\uA92E-\uA92F\uA95F" +
        "\uA9C1-\uA9CD\uA9DE-\uA9DF\uAA5C-\uAA5F\uAADE-\uAADF\uAAF0-\uAAF1\uABEB\uFD3E-\uFD3F\uFE10-\uFE19\uFE30-\uFE52\uFE54-\uFE61\uFE63" +
        "\uFE68\uFE6A-\uFE6B\uFF01-\uFF03\uFF05-\uFF0A\uFF0C-\uFF0F\uFF1A-\uFF1B\uFF1F-\uFF20\uFF3B-\uFF3D\uFF3F\uFF5B\uFF5D\uFF5F-\uFF65" +
        "\U00010100-\U00010102\U0001039F\U000103D0\U0001056F\U00010857\U0001091F\U0001093F\U00010A50-\U00010A58\U00010A7F" +
        "\U00010AF0-\U00010AF6\U00010B39-\U00010B3F\U00010B99-\U00010B9C\U00011047-\U0001104D\U000110BB-\U000110BC\U000110BE-\U000110C1" +
        "\U00011140-\U00011143\U00011174-\U00011175\U000111C5-\U000111C8\U000111CD\U000111DB\U000111DD-\U000111DF\U00011238-\U0001123D" +
        "\U000112A9\U000114C6\U000115C1-\U000115D7\U00011641-\U00011643\U0001173C-\U0001173E\U00012470-\U00012474\U00016A6E-\U00016A6F" +
        "\U00016AF5\U00016B37-\U00016B3B\U00016B44\U0001BC9F\U0001DA87-\U0001DA8B" +
        "]";

    /// <summary>Nonspacing marks assigned after Unicode 8.0, in order: not taken off.</summary>
    static readonly (int First, int Last)[] s_newMarks =
    [
        (0x7FD, 0x7FD), (0x898, 0x89F), (0x8CA, 0x8E1), (0x9FE, 0x9FE), (0xAFA, 0xAFF), (0xB55, 0xB55), (0xC04, 0xC04), (0xC3C, 0xC3C),
        (0xD00, 0xD00), (0xD3B, 0xD3C), (0xD81, 0xD81), (0xEBA, 0xEBA), (0x180F, 0x180F), (0x1ABF, 0x1ACE), (0x1DF6, 0x1DFB),
        (0xA82C, 0xA82C), (0xA8C5, 0xA8C5), (0xA8FF, 0xA8FF), (0x10D24, 0x10D27), (0x10EAB, 0x10EAC), (0x10F46, 0x10F50),
        (0x10F82, 0x10F85), (0x11070, 0x11070), (0x11073, 0x11074), (0x110C2, 0x110C2), (0x111CF, 0x111CF), (0x1123E, 0x1123E),
        (0x1133B, 0x1133B), (0x11438, 0x1143F), (0x11442, 0x11444), (0x11446, 0x11446), (0x1145E, 0x1145E), (0x1182F, 0x11837),
        (0x11839, 0x1183A), (0x1193B, 0x1193C), (0x1193E, 0x1193E), (0x11943, 0x11943), (0x119D4, 0x119D7), (0x119DA, 0x119DB),
        (0x119E0, 0x119E0), (0x11A01, 0x11A0A), (0x11A33, 0x11A38), (0x11A3B, 0x11A3E), (0x11A47, 0x11A47), (0x11A51, 0x11A56),
        (0x11A59, 0x11A5B), (0x11A8A, 0x11A96), (0x11A98, 0x11A99), (0x11C30, 0x11C36), (0x11C38, 0x11C3D), (0x11C3F, 0x11C3F),
        (0x11C92, 0x11CA7), (0x11CAA, 0x11CB0), (0x11CB2, 0x11CB3), (0x11CB5, 0x11CB6), (0x11D31, 0x11D36), (0x11D3A, 0x11D3A),
        (0x11D3C, 0x11D3D), (0x11D3F, 0x11D45), (0x11D47, 0x11D47), (0x11D90, 0x11D91), (0x11D95, 0x11D95), (0x11D97, 0x11D97),
        (0x11EF3, 0x11EF4), (0x16F4F, 0x16F4F), (0x16FE4, 0x16FE4), (0x1CF00, 0x1CF2D), (0x1CF30, 0x1CF46), (0x1E000, 0x1E006),
        (0x1E008, 0x1E018), (0x1E01B, 0x1E021), (0x1E023, 0x1E024), (0x1E026, 0x1E02A), (0x1E130, 0x1E136), (0x1E2AE, 0x1E2AE),
        (0x1E2EC, 0x1E2EF), (0x1E944, 0x1E94A),
    ];

    /// <summary>A nonspacing mark that BERT strips.</summary>
    public static bool IsAccent(int c) => UnicodeTable.Class(c) == (int)System.Globalization.UnicodeCategory.NonSpacingMark && !IsNew(c);

    /// <summary>A control, format or private character: dropped. Formats assigned after Unicode 8.0 stay.</summary>
    public static bool IsControl(int c)
    {
        uint dropped = UnicodeTable.Mask("Cc")!.Value | UnicodeTable.Mask("Cf")!.Value | UnicodeTable.Mask("Co")!.Value;
        return c == 0xFFFD || ((dropped >> UnicodeTable.Class(c) & 1) != 0 && c is not (0x890 or 0x891 or 0x8E2 or 0x110CD or (>= 0x13430 and <= 0x13438)));
    }

    /// <summary>Ideographs stand alone. The reference's range of extension E begins at U+2B920, not U+2B820.</summary>
    public static bool IsIdeograph(int c) => c is >= 0x4E00 and <= 0x9FFF or >= 0x3400 and <= 0x4DBF or >= 0x20000 and <= 0x2A6DF or >= 0x2A700 and <= 0x2B73F
        or >= 0x2B740 and <= 0x2B81F or >= 0x2B920 and <= 0x2CEAF or >= 0xF900 and <= 0xFAFF or >= 0x2F800 and <= 0x2FA1F;

    static bool IsNew(int c)
    {
        // Beyond the table's edition every mark is newer still.
        if (c > s_newMarks[^1].Last) return c < 0xE0100;
        foreach ((int first, int last) in s_newMarks)
            if (c >= first && c <= last) return true;
        return false;
    }
}
