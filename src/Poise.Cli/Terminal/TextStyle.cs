using System.Text;

namespace Poise.Cli.Terminal;

/// <summary>The eight colours that every terminal has; the person's theme decides what they look like.</summary>
enum TextColor
{
    Default = 0,
    Red = 31,
    Green = 32,
    Yellow = 33,
    Blue = 34,
    Magenta = 35,
    Cyan = 36,
    Gray = 90,
}

/// <summary>How a run of text looks.</summary>
readonly record struct TextStyle(
    TextColor Color = TextColor.Default, bool Bold = false, bool Dim = false, bool Italic = false, bool Underline = false, bool Strike = false)
{
    public const string Reset = "\e[0m";

    public static readonly TextStyle Faint = new(Dim: true);

    public static readonly TextStyle Strong = new(Bold: true);

    /// <summary>The escape sequence, empty for plain text. Without colours (NO_COLOR) weight and slant stay.</summary>
    public string Sequence(bool colors)
    {
        var codes = new StringBuilder();
        if (Bold) codes.Append(";1");
        if (Dim) codes.Append(";2");
        if (Italic) codes.Append(";3");
        if (Underline) codes.Append(";4");
        if (Strike) codes.Append(";9");
        if (colors && Color != TextColor.Default) codes.Append(';').Append((int)Color);
        return codes.Length == 0 ? "" : $"\e[{codes.ToString(1, codes.Length - 1)}m";
    }
}
