using Poise.Core.Engine;

namespace Poise.Tests.Engine;

/// <summary>The index against a search through everything, and what the length of a draft learns.</summary>
public class PromptLookupTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(5)]
    [InlineData(100)]
    public void FindsWhatASearchFinds(int alphabet)
    {
        var random = new Random(alphabet);
        List<int> tokens = [.. Enumerable.Range(0, random.Next(3)).Select(_ => random.Next(alphabet))];
        var lookup = new PromptLookup(tokens);
        int found = 0, longest = 0;
        while (tokens.Count < 1500)
        {
            // Now and then a passage once more, and several tokens at once.
            if (random.Next(20) == 0 && tokens.Count > 40) tokens.AddRange(tokens.GetRange(random.Next(tokens.Count - 30), random.Next(30)));
            else tokens.Add(random.Next(alphabet));
            lookup.Update();
            (int match, int next) = Search(tokens);
            Assert.Equal(match, lookup.Match);
            if (match == 0)
            {
                Assert.Empty(lookup.Follow(5));
                continue;
            }

            found++;
            longest = Math.Max(longest, match);
            Assert.Equal(tokens[next], lookup.Next);
            List<int> longer = [.. tokens];
            for (int i = 0; i < 9; i++) longer.Add(longer[next + i]);
            Assert.Equal(longer[^9..], lookup.Follow(9));
        }

        Assert.True(found > 20 && longest == PromptLookup.Longest, $"{found} found, up to {longest}");
    }

    [Fact]
    public void NothingInNoText()
    {
        List<int> tokens = [];
        var lookup = new PromptLookup(tokens);
        foreach (int token in (int[])[4, 5, 4])
        {
            lookup.Update();
            Assert.Equal(0, lookup.Match);
            tokens.Add(token);
        }

        Assert.Throws<InvalidOperationException>(() => lookup.Next);
        tokens.Add(5);
        lookup.Update();
        Assert.Equal((2, 4), (lookup.Match, lookup.Next));
        Assert.Equal([4, 5, 4, 5, 4], lookup.Follow(5));
    }

    [Fact]
    public void LongMatchesAreTrustedAndWhatProvesWrongIsNot()
    {
        var length = new DraftLength();
        Assert.Equal(0, length.Best(0, 1, 7));
        Assert.Equal(0, length.Best(2, 1, 7));
        Assert.InRange(length.Best(16, 1, 7), 2, 7);
        Assert.True(length.Best(16, 8, 7) < length.Best(16, 1, 7));
        Assert.InRange(length.Best(16, 1, 1), 1, 1);
        Assert.Equal(0, length.Best(16, 1, 0));
        for (int i = 0; i < 20; i++) length.Judge(16, right: true);
        Assert.Equal(7, length.Best(16, 1, 7));
        for (int i = 0; i < 20; i++) length.Judge(16, right: false);
        Assert.Equal(0, length.Best(16, 1, 7));
        for (int i = 0; i < 20; i++) length.Judge(2, right: true);
        Assert.InRange(length.Best(2, 1, 7), 3, 7);
        Assert.Equal(0, length.Best(3, 1, 7));
    }

    // Latest first: the 16 latest places of the last two tokens; the longest match, up to 16, of equal ones the latest.
    static (int Match, int Next) Search(List<int> tokens)
    {
        int best = 0, next = 0, places = 0;
        for (int end = tokens.Count - 1; end >= 2 && places < 16; end--)
        {
            int equal = 0;
            while (equal < Math.Min(end, 16) && tokens[end - 1 - equal] == tokens[tokens.Count - 1 - equal]) equal++;
            if (equal < 2) continue;
            places++;
            if (equal > best) (best, next) = (equal, end);
        }

        return (best, next);
    }
}
