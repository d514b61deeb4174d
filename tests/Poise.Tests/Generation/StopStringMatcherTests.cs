using System.Text;
using Poise.Core.Generation;
using Poise.Core.Library;
using Poise.Core.Tokenizers;
using Poise.Tensors;
using Poise.Tests.Support;

namespace Poise.Tests.Generation;

/// <summary>Stop strings: the same text and the same match wherever the pieces are cut, and nothing held back longer than needed.</summary>
public sealed class StopStringMatcherTests
{
    [Theory]
    [InlineData("the end", "the end")]
    [InlineData("ababac and so on", "abac")]
    [InlineData("aaaaaaab tail", "aaab")]
    [InlineData("one\n\ntwo", "\n\n")]
    [InlineData("x abc y", "b", "abc")]
    [InlineData("x abc y", "abc", "bc", "c")]
    [InlineData("x abd y", "abc", "bd")]
    [InlineData("half 😀 is 😁 held", "😁")]
    [InlineData("nothing here", "nowhere", "hers")]
    [InlineData("same", "same", "same")]
    public void EveryCutGivesTheSame(string text, params string[] stops)
    {
        (string expected, string? match) = Naive(text, stops);
        for (int first = 0; first <= text.Length; first++)
            for (int second = first; second <= text.Length; second++)
            {
                var matcher = new StopStringMatcher(stops);
                string shown = matcher.Append(text[..first]) + matcher.Append(text[first..second]) + matcher.Append(text[second..]) + matcher.Flush();
                Assert.Equal(expected, shown);
                Assert.Equal(match, matcher.Match);
            }
    }

    [Fact]
    public void RandomTextsAreThoseOfTheTwin()
    {
        var random = new Random(9);
        int matches = 0;
        for (int n = 0; n < 20_000; n++)
        {
            int letters = random.Next(1, 4);
            string Text(int length) => new([.. Enumerable.Range(0, length).Select(_ => (char)('a' + random.Next(letters)))]);
            string[] stops = [.. Enumerable.Range(0, random.Next(0, 5)).Select(_ => Text(random.Next(1, 8)))];
            string text = Text(random.Next(0, 40));
            (string expected, string? match) = Naive(text, stops);
            var matcher = new StopStringMatcher(stops);
            var shown = new StringBuilder();
            for (int at = 0; at < text.Length;)
            {
                int length = Math.Min(random.Next(0, 6), text.Length - at);
                shown.Append(matcher.Append(text.Substring(at, length)));
                at += length;
                if (matcher.Match is not null) break;
                string held = text[shown.Length..at];
                // Held back is exactly the longest end of the text with which a stop string begins.
                Assert.Equal(Enumerable.Range(0, at + 1).First(i => i == at || stops.Any(s => s.StartsWith(text[i..at], StringComparison.Ordinal))), at - held.Length);
            }

            shown.Append(matcher.Flush());
            Assert.Equal(expected, shown.ToString());
            Assert.Equal(match, matcher.Match);
            if (match is not null) matches++;
        }
        Assert.InRange(matches, 2000, 18_000);
    }

    [Fact]
    public void TokensOfARealVocabularyAreCutAnywhere()
    {
        using ModelPackage package = ModelPackage.Open(Shared.Golden("models", "stories260K"));
        const string Text = "Once upon a time there was a cat 😀 and a dog. é END never seen";
        foreach (string stop in (string[])["END", "😀", "a dog", "é END", "absent"])
        {
            StreamingDecoder decoder = package.Tokenizer.CreateDecoder();
            var matcher = new StopStringMatcher([stop]);
            string shown = string.Concat(package.Tokenizer.Encode(Text).Select(id => matcher.Append(decoder.Append(id))));
            shown += matcher.Append(decoder.Flush()) + matcher.Flush();
            Assert.Equal(Naive(Text, [stop]).Shown, shown);
        }
    }

    [Fact]
    public void AfterTheMatchNothingComes()
    {
        var matcher = new StopStringMatcher(["."]);
        Assert.Equal("A", matcher.Append("A. B"));
        Assert.Equal("", matcher.Append("more"));
        Assert.Equal("", matcher.Flush());
        Assert.Equal(".", matcher.Match);
    }

    [Fact]
    public void NumberAndLengthAreLimited()
    {
        Assert.Contains("1 to 256", Assert.Throws<PoiseException>(() => new StopStringMatcher([""])).Message, StringComparison.Ordinal);
        Assert.Contains("1 to 256", Assert.Throws<PoiseException>(() => new StopStringMatcher([new string('a', 257)])).Message, StringComparison.Ordinal);
        Assert.Contains("at most 16", Assert.Throws<PoiseException>(() => new StopStringMatcher([.. Enumerable.Repeat("a", 17)])).Message, StringComparison.Ordinal);
        Assert.Contains("half a character", Assert.Throws<PoiseException>(() => new StopStringMatcher(["a\ud83d"])).Message, StringComparison.Ordinal);
    }

    /// <summary>The first end at which a stop string ends, and of those the longest.</summary>
    static (string Shown, string? Match) Naive(string text, string[] stops)
    {
        for (int end = 1; end <= text.Length; end++)
            if (stops.Where(s => text[..end].EndsWith(s, StringComparison.Ordinal)).MaxBy(s => s.Length) is { } match)
                return (text[..(end - match.Length)], match);
        return (text, null);
    }
}
