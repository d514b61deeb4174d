using Poise.Tensors;

namespace Poise.Core.Nano.Language;

/// <summary>
/// Rules and their expansion. In an alternative, <c>{rule}</c> is another rule or a value that is bound, <c>{x=rule}</c> binds what it says,
/// <c>{x/form}</c> is an <see cref="Inflection"/>, and <c>&lt;a|b|&gt;</c> is a choice. Where a rule has held-out alternatives, they are what a
/// held-out text takes, and no training text does.
/// </summary>
sealed class Grammar
{
    const int DeepestExpansion = 24;

    readonly Dictionary<string, IReadOnlyList<Alternative>> _rules = new(StringComparer.Ordinal);

    Grammar(IEnumerable<string> files)
    {
        foreach (string file in files) GrammarReader.Read(file, NanoTexts.Read(file), _rules);
    }

    static readonly Lazy<Grammar> s_english = new(() => new Grammar(NanoTexts.Grammars(Tongue.English)));
    static readonly Lazy<Grammar> s_french = new(() => new Grammar(NanoTexts.Grammars(Tongue.French)));

    public static Grammar Of(Tongue tongue) => tongue == Tongue.English ? s_english.Value : s_french.Value;

    public IEnumerable<string> Rules => _rules.Keys.Order(StringComparer.Ordinal);

    public bool Has(string rule) => _rules.ContainsKey(rule);

    /// <summary>What a rule may say in a split.</summary>
    public IReadOnlyList<Alternative> Alternatives(string rule, Split split)
    {
        IReadOnlyList<Alternative> all = _rules.TryGetValue(rule, out IReadOnlyList<Alternative>? found) ? found : throw new PoiseException($"There is no rule {rule}.");
        if (split == Split.HeldOut && all.Any(a => a.Split == Split.HeldOut)) return [.. all.Where(a => a.Split == Split.HeldOut)];
        return [.. all.Where(a => a.Split == Split.Training)];
    }

    /// <summary>A text of the rule.</summary>
    public string Say(string rule, RandomStream random, Split split, IDictionary<string, string> bound) =>
        Expand(random.Pick(Alternatives(rule, split), a => a.Weight).Text, random, split, bound, 0);

    /// <summary>A text of a pattern that stands in no rule.</summary>
    public string Fill(string pattern, RandomStream random, Split split, IDictionary<string, string> bound) => Expand(pattern, random, split, bound, 0);

    string Expand(string pattern, RandomStream random, Split split, IDictionary<string, string> bound, int depth)
    {
        if (depth > DeepestExpansion) throw new PoiseException($"The rules of \"{pattern}\" lead into themselves.");
        var text = new System.Text.StringBuilder();
        for (int at = 0; at < pattern.Length; at++)
        {
            char c = pattern[at];
            if (c is not ('{' or '<'))
            {
                text.Append(c);
                continue;
            }
            int end = Closing(pattern, at);
            string inner = pattern[(at + 1)..end];
            text.Append(c == '{' ? Slot(inner, random, split, bound, depth) : Expand(random.Pick(Choices(inner)), random, split, bound, depth + 1));
            at = end;
        }
        return text.ToString();
    }

    string Slot(string inner, RandomStream random, Split split, IDictionary<string, string> bound, int depth)
    {
        string[] formed = inner.Split('/');
        string[] named = formed[0].Split('=');
        if (named.Length > 1 || !bound.TryGetValue(named[0], out string? value))
            value = Expand(random.Pick(Alternatives(named[^1], split), a => a.Weight).Text, random, split, bound, depth + 1);
        if (named.Length > 1) bound[named[0]] = value;
        foreach (string form in formed.Skip(1)) value = Inflection.Of(value, form);
        return value;
    }

    static int Closing(string pattern, int open)
    {
        int depth = 0;
        for (int at = open; at < pattern.Length; at++)
        {
            if (pattern[at] is '{' or '<') depth++;
            if (pattern[at] is '}' or '>' && --depth == 0) return at;
        }
        throw new PoiseException($"\"{pattern}\" has a bracket that is not closed.");
    }

    static List<string> Choices(string inner)
    {
        var choices = new List<string>();
        int depth = 0, start = 0;
        for (int at = 0; at < inner.Length; at++)
        {
            if (inner[at] is '{' or '<') depth++;
            if (inner[at] is '}' or '>') depth--;
            if (inner[at] != '|' || depth > 0) continue;
            choices.Add(inner[start..at]);
            start = at + 1;
        }
        choices.Add(inner[start..]);
        return choices;
    }
}
