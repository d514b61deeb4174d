using Poise.Core.Generation;

namespace Poise.Tests.Generation;

/// <summary>Log-probabilities are the model's own, whatever the options make of its logits.</summary>
public sealed class LogProbabilityTests
{
    [Fact]
    public void TheyAreThoseOfThePlatformsMathematics()
    {
        var random = new Random(7);
        for (int n = 0; n < 2000; n++)
        {
            int size = random.Next(1, 400), top = random.Next(0, 21);
            float[] logits = SampleLogits.Next(random, size);
            GenerationOptions options = SampleOptions.Next(random, size) with { TopLogProbs = top, RepetitionPenalty = 1 };
            TokenLogProb[] naive = NaiveSampler.LogProbs(logits);
            TokenLogProb[] ranked = [.. naive.OrderByDescending(t => logits[t.Id]).ThenBy(t => t.Id).Take(top).Where(t => t.LogProb > double.NegativeInfinity)];
            TokenChoice choice = new SequenceSampler(options, [0], size).Next(logits);
            AssertClose(naive[choice.Id].LogProb, choice.LogProb!.Value);
            Assert.Equal(ranked.Select(t => t.Id), choice.Top.Select(t => t.Id));
            foreach ((TokenLogProb expected, TokenLogProb found) in ranked.Zip(choice.Top)) AssertClose(expected.LogProb, found.LogProb);
        }
    }

    [Fact]
    public void TheyAreNotComputedUnlessAskedFor()
    {
        TokenChoice choice = new SequenceSampler(new GenerationOptions(), [], 3).Next([1, 2, 3]);
        Assert.Null(choice.LogProb);
        Assert.Empty(choice.Top);
        choice = new SequenceSampler(new GenerationOptions { TopLogProbs = 0 }, [], 3).Next([1, 1, 1]);
        AssertClose(-Math.Log(3), choice.LogProb!.Value);
        Assert.Empty(choice.Top);
    }

    static void AssertClose(double expected, double found) =>
        Assert.True(Math.Abs(expected - found) <= 1e-12 * Math.Max(1, Math.Abs(expected)), $"expected {expected:R}, found {found:R}");
}
