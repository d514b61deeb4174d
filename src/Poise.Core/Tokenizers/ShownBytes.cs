using System.Globalization;
using System.Text;

namespace Poise.Core.Tokenizers;

/// <summary>What tokens of character vocabularies show as: U+2581 as a space, `&lt;0xHH&gt;` as a byte.</summary>
static class ShownBytes
{
    /// <summary>The value of a byte token's spelling, or -1.</summary>
    public static int ByteOf(ReadOnlySpan<char> spelling) =>
        spelling.Length == 6 && spelling.StartsWith("<0x") && spelling[5] == '>'
        && int.TryParse(spelling.Slice(3, 2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out int value) ? value : -1;

    public static byte[] OfPiece(string spelling) => Encoding.UTF8.GetBytes(spelling.Replace('▁', ' '));
}
