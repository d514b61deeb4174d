using Poise.Core.Layers;
using Poise.Core.Library;
using Poise.Core.Models;
using Poise.Core.Pretraining;
using Poise.Tests.Support;

namespace Poise.Tests.Pretraining;

/// <summary>First weights that copy, before any training.</summary>
public sealed class InductionHeadsTests
{
    const int Vocabulary = 600, Length = 20;

    static readonly GptOssConfig s_config = new()
    {
        Layers = 4, HiddenSize = 256, VocabularySize = Vocabulary, ContextLength = 256, Heads = 8, KeyValueHeads = 4, HeadSize = 32, IntermediateSize = 64,
        ExpertCount = 2, ExpertsPerToken = 1, RmsEpsilon = 1e-5f, RopeBase = 150_000, RopeScaling = RopeScaling.None, Windows = LayerWindows.Alternating(4, 64),
    };

    [Theory]
    [InlineData(true, 0, 3)]
    [InlineData(false, 50, Vocabulary)]
    public void WhatFollowedATokenFollowsItAgain(bool induction, int least, int most)
    {
        // Some tokens in a row, and the same again: of the second time, where does the right next one stand among all?
        int[] once = [.. Enumerable.Range(0, Length).Select(i => 7 + (i * 29))];
        Assert.InRange(MedianRank(once, induction), least, most);
    }

    [Theory]
    [InlineData(true, 0, 12)]
    [InlineData(false, 50, Vocabulary)]
    public void WhereATokenStandsOftenTheOneBeforeDecides(bool induction, int least, int most)
    {
        // Ten tokens, walked through in four ways: each stands in four places, and no two stand together twice.
        int[] once = [.. ((int[])[1, 3, 7, 9]).SelectMany(step => Enumerable.Range(0, 10).Select(i => 7 + (i * step % 10 * 53)))];
        Assert.InRange(MedianRank(once, induction), least, most);
    }

    static int MedianRank(int[] once, bool induction)
    {
        using var folder = new TemporaryFolder();
        string tokenizer = folder.File("tokenizer"), path = folder.File("initial");
        Directory.CreateDirectory(tokenizer);
        InitialModel.Write(s_config, new InitialPlan(1, 0.04, induction), tokenizer, path);
        int[] ids = [.. once, .. once];
        using ModelPackage package = ModelPackage.Open(path);
        float[] logits = PretrainingTests.Logits(package, ids);
        int[] ranks = [.. Enumerable.Range(once.Length + 1, once.Length - 2).Select(t => logits[(t * Vocabulary)..((t + 1) * Vocabulary)]).Select((row, i) => row.Count(x => x > row[once[i + 2]]))];
        return ranks.Order().ElementAt(ranks.Length / 2);
    }

    [Theory]
    [InlineData(1, 4, "two layers")]
    [InlineData(4, 8, "half of hidden_size")]
    public void AModelWithoutRoomIsRefused(int layers, int keyValueHeads, string says)
    {
        string? hindrance = InductionHeads.Hindrance(new GptOssConfig
        {
            Layers = layers, HiddenSize = 128, VocabularySize = Vocabulary, ContextLength = 128, Heads = 8, KeyValueHeads = keyValueHeads, HeadSize = 32, IntermediateSize = 64,
            ExpertCount = 2, ExpertsPerToken = 1, RmsEpsilon = 1e-5f, RopeBase = 150_000, RopeScaling = RopeScaling.None, Windows = LayerWindows.Alternating(layers, 64),
        });
        Assert.Contains(says, hindrance, StringComparison.Ordinal);
    }

    [Fact]
    public void NanoHasRoom() => Assert.Null(InductionHeads.Hindrance(s_config));
}
