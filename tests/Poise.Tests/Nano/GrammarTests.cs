using System.Text.RegularExpressions;
using Poise.Core.Nano.Language;

namespace Poise.Tests.Nano;

/// <summary>Rules, their expansion, and what becomes of words in their places.</summary>
public sealed partial class GrammarTests
{
    // Bound by code rather than said by a rule.
    static readonly string[] s_bound =
    [
        "a", "b", "c", "n", "p", "q", "g", "me", "pet", "shown", "result", "hero", "thing", "place", "helper", "name", "list", "word", "record", "property", "value", "item", "kept", "one",
        "big", "little", "less", "why", "d1", "d2", "chain", "walk", "numbered", "sum", "step", "steps", "last", "from", "to", "day1", "day2", "time", "date", "weekday", "chosen", "sheet", "gap",
    ];

    [Theory]
    [InlineData(Tongue.English)]
    [InlineData(Tongue.French)]
    public void EverySlotIsARuleOrBound(object tongue)
    {
        var grammar = Grammar.Of((Tongue)tongue);
        var missing =
            from rule in grammar.Rules
            from split in (Split[])[Split.Training, Split.HeldOut]
            from alternative in grammar.Alternatives(rule, split)
            from Match slot in Slot().Matches(alternative.Text)
            let name = slot.Groups[1].Value.Split('/')[0].Split('=')[^1]
            where !grammar.Has(name) && !s_bound.Contains(name)
            select $"{rule}: {name}";
        Assert.Empty(missing);
    }

    [Theory]
    [InlineData(Tongue.English)]
    [InlineData(Tongue.French)]
    public void NoWordingIsBothLearntAndHeldOut(object tongue)
    {
        var grammar = Grammar.Of((Tongue)tongue);
        var both =
            from rule in grammar.Rules
            // A line that is one slot says nothing itself.
            let held = grammar.Alternatives(rule, Split.HeldOut).Where(a => a.Split == Split.HeldOut && !Slot().Match(a.Text).Value.Equals(a.Text, StringComparison.Ordinal)).Select(a => a.Text)
            from text in held.Intersect(grammar.Alternatives(rule, Split.Training).Select(a => a.Text), StringComparer.OrdinalIgnoreCase)
            select $"{rule}: {text}";
        Assert.Empty(both);
    }

    [Theory]
    [InlineData("firstname")]
    [InlineData("syllable.last")]
    [InlineData("realtown")]
    [InlineData("goods")]
    [InlineData("animal")]
    [InlineData("harm.act")]
    [InlineData("echo.ask")]
    public void WhereARuleIsHeldOutTestsTakeNothingElse(string rule)
    {
        foreach (Tongue tongue in Enum.GetValues<Tongue>())
        {
            Assert.All(Grammar.Of(tongue).Alternatives(rule, Split.HeldOut), a => Assert.Equal(Split.HeldOut, a.Split));
            Assert.All(Grammar.Of(tongue).Alternatives(rule, Split.Training), a => Assert.Equal(Split.Training, a.Split));
        }
    }

    [Fact]
    public void APatternIsExpanded()
    {
        Draft draft = NewDraft(Tongue.English);
        draft.Bind("x", "owl");
        Assert.Equal("An owl and the owl", draft.Fill("{x/A} and the {x}"));
        Assert.Matches("^(one|two|) end$", draft.Fill("<one|<two|>> end"));
        string twice = draft.Fill("{w=firstname} {w}");
        Assert.Equal(twice.Split(' ')[0], twice.Split(' ')[1]);
    }

    [Theory]
    [InlineData("un ours", "def", "l'ours")]
    [InlineData("un hibou", "def", "le hibou")]
    [InlineData("une histoire", "def", "l'histoire")]
    [InlineData("une loutre", "def", "la loutre")]
    [InlineData("le Japon", "de", "du Japon")]
    [InlineData("l'Égypte", "de", "de l'Égypte")]
    [InlineData("la France", "de", "de la France")]
    [InlineData("un renard", "bare", "renard")]
    [InlineData("hour", "cap", "Hour")]
    public void WordsTakeTheirForm(string word, string form, string expected) => Assert.Equal(expected, Inflection.Of(word, form));

    [Theory]
    [InlineData("permet de enregistrer", "permet d'enregistrer")]
    [InlineData("de Oslo à Lyon", "d'Oslo à Lyon")]
    [InlineData("que Anna dit", "qu'Anna dit")]
    [InlineData("de lancer", "de lancer")]
    [InlineData("de 8 heures", "de 8 heures")]
    public void FrenchIsElided(string text, string expected) => Assert.Equal(expected, French.Elide(text));

    [Fact]
    public void DrawsAreUnbiasedAndRepeat()
    {
        var first = new RandomStream(3, "test", 1);
        int[] counts = new int[7];
        for (int i = 0; i < 70_000; i++) counts[first.Below(7)]++;
        Assert.All(counts, count => Assert.InRange(count, 9_600, 10_400));
        Assert.Equal([.. Enumerable.Range(0, 20).Select(_ => 0).Zip(Draws(9, 4), (_, d) => d)], Draws(9, 4));
        Assert.NotEqual(Draws(9, 4), Draws(9, 5));
    }

    static int[] Draws(ulong seed, ulong index)
    {
        var random = new RandomStream(seed, "test", index);
        return [.. Enumerable.Range(0, 20).Select(_ => random.Below(1000))];
    }

    static Draft NewDraft(Tongue tongue) => new(new RandomStream(1, "test", 0), Split.Training, tongue);

    [GeneratedRegex(@"\{([^{}<>|]+)\}")]
    private static partial Regex Slot();
}
