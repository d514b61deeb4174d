using Poise.Core.Layers;
using Poise.Core.Library;
using Poise.Core.Models;
using Poise.Tensors.Cache;
using Poise.Tests.Conformance;
using Poise.Tests.Support;

namespace Poise.Tests.Engine;

/// <summary>Tokens that were computed and taken back leave no trace: not in the pages that are held, not in a bit.</summary>
public class TakeBackTests
{
    [Fact]
    public void WindowsKeepWhatTheySeeAndNoPageMore()
    {
        var groups = new CacheGroups(new GptOssConfig
        {
            Layers = 4, HiddenSize = 32, VocabularySize = 100, ContextLength = 4096, Heads = 1, KeyValueHeads = 1, HeadSize = 16, IntermediateSize = 32,
            ExpertCount = 2, ExpertsPerToken = 1, RmsEpsilon = 1e-5f, RopeBase = 10000, RopeScaling = RopeScaling.None, Windows = LayerWindows.Alternating(4, 40),
        }, half: true);
        using var pool = new KeyValuePagePool(groups.Layouts, long.MaxValue);
        using DecoderSequence drafting = new(groups, 4096, pool), plain = new(groups, 4096, pool);
        var random = new Random(3);
        while (drafting.Length < 2000)
        {
            int before = drafting.Length, draft = random.Next(17), back = random.Next(draft + 1);
            Assert.True(drafting.TryPrepare(1 + draft));
            drafting.Advance(1 + draft);
            drafting.TakeBack(draft);
            Assert.Equal(before + 1, drafting.Length);
            drafting.Advance(draft - back);
            drafting.Trim(0);
            while (plain.Length < drafting.Length)
            {
                Assert.True(plain.TryPrepare(1));
                plain.Advance(1);
            }

            for (int group = 0; group < groups.Count; group++)
            {
                KeyValueTable table = drafting.Tables[group];
                Assert.True(table.FirstPage <= groups.FirstVisible(group, drafting.Length) / KeyValueLayout.Positions);
                Assert.Equal(plain.Tables[group].EndPage, table.EndPage);
                // What a plain sequence has forgotten by its last step may still be there until the next one.
                Assert.InRange(table.FirstPage, plain.Tables[group].FirstPage - 1, plain.Tables[group].FirstPage);
            }
        }

        Assert.Throws<InvalidOperationException>(() => drafting.TakeBack(100));
        Assert.Throws<InvalidOperationException>(() => drafting.TakeBack(4000));
    }

    [Fact]
    public void MemoryThatDidNotSufficeGoesBack()
    {
        var groups = new CacheGroups(new GptOssConfig
        {
            Layers = 2, HiddenSize = 32, VocabularySize = 100, ContextLength = 4096, Heads = 1, KeyValueHeads = 1, HeadSize = 16, IntermediateSize = 32,
            ExpertCount = 2, ExpertsPerToken = 1, RmsEpsilon = 1e-5f, RopeBase = 10000, RopeScaling = RopeScaling.None, Windows = LayerWindows.Alternating(2, 40),
        }, half: true);
        using var pool = new KeyValuePagePool(groups.Layouts, 3 * groups.Layouts[0].PageBytes);
        using var sequence = new DecoderSequence(groups, 4096, pool);
        Assert.True(sequence.TryPrepare(31));
        sequence.Advance(31);
        Assert.True(sequence.TryPrepare(1));
        Assert.False(sequence.TryPrepare(5));
        sequence.Trim(1);
        Assert.Equal((1, 1, 1), (pool.HeldPages(0), pool.HeldPages(1), pool.FreePages));
    }

    [Theory]
    [InlineData("gpt-oss-mxfp4")]
    [InlineData("llama3.1")]
    public void NoBitRemembers(string name)
    {
        using ModelPackage package = ModelPackage.Open(Shared.Golden("models", name));
        using Model model = package.Load(new LoadOptions { Threads = 2 });
        int[] tokens = LogitsDigest.Tokens(model.Config, 230);
        int vocabulary = model.Config.VocabularySize;
        float[] expected = new float[tokens.Length * vocabulary], actual = new float[expected.Length], step = new float[9 * vocabulary];
        using Sequence plain = model.CreateSequence(260);
        model.Forward([new Segment(plain, tokens, tokens.Length)], expected);
        using var drafting = (DecoderSequence)model.CreateSequence(260);
        var random = new Random(8);
        while (drafting.Length < tokens.Length)
        {
            int at = drafting.Length, right = Math.Min(random.Next(4), tokens.Length - at - 1), draft = right + random.Next(5);
            int[] guess = [.. tokens[at..(at + 1 + right)], .. Enumerable.Range(0, draft - right).Select(_ => random.Next(vocabulary))];
            model.Forward([new Segment(drafting, guess, guess.Length)], step);
            drafting.TakeBack(draft);
            drafting.Advance(right);
            drafting.Trim(0);
            step.AsSpan(0, (1 + right) * vocabulary).CopyTo(actual.AsSpan(at * vocabulary));
        }

        Assert.Equal(LogitsDigest.Of(expected), LogitsDigest.Of(actual));
    }
}
