namespace Poise.Core.Chat.Templates;

/// <summary>What one rendering may cost. Templates come with models from anywhere: each of these ends in a <see cref="TemplateException"/>.</summary>
public sealed record TemplateLimits
{
    public static TemplateLimits Standard { get; } = new();

    /// <summary>Characters of a template's source; published ones stay under 100,000.</summary>
    public const int MaximumSource = 4 << 20;

    /// <summary>
    /// Units of work: evaluated nodes, handled elements, and one for every 16 characters written. Half a second or so, and as every value is paid for,
    /// also a bound on memory.
    /// </summary>
    public long Work { get; init; } = 10_000_000;

    /// <summary>Nested evaluations: expressions, statements and calls together.</summary>
    public int Depth { get; init; } = 1500;

    /// <summary>UTF-16 units of the rendered text, and of any text on the way to it.</summary>
    public int Text { get; init; } = 16 << 20;

    /// <summary>Nested brackets and blocks in the source.</summary>
    internal const int SourceDepth = 150;

    /// <summary>Nested lists and mappings of a value that is printed, compared or used as a key.</summary>
    internal const int ValueDepth = 300;

    /// <summary>Elements of a range, as in Jinja's sandbox.</summary>
    internal const int Range = 100_000;

    /// <summary>Bits of an integer.</summary>
    internal const int IntegerBits = 20_000;

    /// <summary>Decimal digits of an integer that is read or written, as in Python.</summary>
    internal const int IntegerDigits = 4300;

    /// <summary>Width or precision in a format.</summary>
    internal const int FormatWidth = 1 << 20;
}
