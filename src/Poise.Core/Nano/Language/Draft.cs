using System.Globalization;
using Poise.Core.Chat;

namespace Poise.Core.Nano.Language;

/// <summary>One conversation being written: its random choices, its language, and the words that its texts have bound.</summary>
sealed class Draft(RandomStream random, Split split, Tongue tongue)
{
    readonly Grammar _grammar = Grammar.Of(tongue);

    public RandomStream Random => random;

    public Split Split => split;

    public Tongue Tongue => tongue;

    public bool IsFrench => tongue == Tongue.French;

    /// <summary>The day on which the conversation is held.</summary>
    public DateOnly Day { get; init; } = Days.First;

    /// <summary>Whether the model is told the day.</summary>
    public bool TellsDay { get; init; }

    public Dictionary<string, string> Bound { get; } = new(StringComparer.Ordinal);

    /// <summary>How much the answer reasons: most people leave it at medium.</summary>
    public ReasoningEffort Effort { get; set; } = random.Pick([ReasoningEffort.Low, ReasoningEffort.Medium, ReasoningEffort.Medium, ReasoningEffort.Medium, ReasoningEffort.High]);

    public void Bind(string name, string value) => Bound[name] = value;

    public void Bind(string name, int value) => Bound[name] = value.ToString(CultureInfo.InvariantCulture);

    /// <summary>What a rule says.</summary>
    public string Say(string rule) => Polished(_grammar.Say(rule, random, split, Bound));

    /// <summary>What a pattern says.</summary>
    public string Fill(string pattern) => Polished(_grammar.Fill(pattern, random, split, Bound));

    /// <summary>Whether a rule has wordings of this split's own.</summary>
    public bool Knows(string rule) => _grammar.Has(rule) && _grammar.Alternatives(rule, split).Any(a => a.Split == split);

    /// <summary>A rule's words as a sentence of the model: with a large first letter.</summary>
    public string Sentence(string rule) => Inflection.Capital(Say(rule));

    /// <summary>A rule as a person writes it, more or less tidily.</summary>
    public string Ask(string rule) => Surface.Vary(_grammar.Say(rule, random, split, Bound), this);

    /// <summary>A pattern as a person writes it.</summary>
    public string AskPattern(string pattern) => Surface.Vary(_grammar.Fill(pattern, random, split, Bound), this);

    /// <summary>A whole number; from 100 on, those of training and of tests are different ones.</summary>
    public int Number(int least, int most) => Holdout.Draw(split, () => random.Between(least, most), n => n < 100 ? null : n.ToString(CultureInfo.InvariantCulture));

    /// <summary>Brief thoughts of kinds that need none, at high effort; otherwise nothing.</summary>
    public string? ThinkAtHigh(string rule) => Effort == ReasoningEffort.High ? Sentence(rule) : null;

    string Polished(string text) => IsFrench ? French.Elide(text) : text;
}
