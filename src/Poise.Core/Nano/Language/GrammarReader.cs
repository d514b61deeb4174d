using System.Globalization;
using Poise.Tensors;

namespace Poise.Core.Nano.Language;

/// <summary>
/// Reads rules: <c>:name</c> begins one, and each line after it is an alternative. <c>*4 text</c> has weight 4, <c>, a, b</c> is a list of words,
/// a line after <c>~</c> is held out, and one after <c>#</c> is a comment.
/// </summary>
static class GrammarReader
{
    /// <summary>Adds the rules of a text. A rule stands in one place only.</summary>
    public static void Read(string source, string text, IDictionary<string, IReadOnlyList<Alternative>> rules)
    {
        List<Alternative>? rule = null;
        foreach (string line in Lines(text))
        {
            if (line[0] == ':')
            {
                rule = [];
                if (!rules.TryAdd(line[1..], rule)) throw new PoiseException($"{source}: the rule {line[1..]} is there twice.");
            }
            else (rule ?? throw new PoiseException($"{source}: \"{line}\" stands before any rule.")).AddRange(Alternatives(line));
        }
    }

    /// <summary>Lines that say something.</summary>
    public static IEnumerable<string> Lines(string text) =>
        text.Split('\n').Select(line => line.Trim()).Where(line => line.Length > 0 && line[0] != '#');

    static IEnumerable<Alternative> Alternatives(string line)
    {
        Split split = line[0] == '~' ? Split.HeldOut : Split.Training;
        if (split == Split.HeldOut) line = line[1..].TrimStart();
        if (line[0] == ',') return line[1..].Split(',').Select(word => new Alternative(word.Trim(), 1, split));
        if (line[0] != '*') return [new Alternative(Unquoted(line), 1, split)];
        int space = line.IndexOf(' ');
        return [new Alternative(Unquoted(line[(space + 1)..]), int.Parse(line.AsSpan(1, space - 1), CultureInfo.InvariantCulture), split)];
    }

    // A pair of quotes is the empty text, which a line cannot be.
    static string Unquoted(string text) => text == "\"\"" ? "" : text;
}
