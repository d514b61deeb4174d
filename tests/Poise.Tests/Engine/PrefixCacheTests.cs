using Poise.Core.Engine;
using Poise.Core.Layers;
using Poise.Core.Models;
using Poise.Tensors.Cache;

namespace Poise.Tests.Engine;

/// <summary>The tree of prefixes: what is found, what is shared, and what is given up first. Layers 0 and 2 have a window of 40.</summary>
public sealed class PrefixCacheTests : IDisposable
{
    const int Page = KeyValueLayout.Positions;

    readonly CacheGroups _groups = new(new GptOssConfig
    {
        Layers = 4, HiddenSize = 32, VocabularySize = 100, ContextLength = 4096, Heads = 1, KeyValueHeads = 1, HeadSize = 16, IntermediateSize = 32,
        ExpertCount = 2, ExpertsPerToken = 1, RmsEpsilon = 1e-5f, RopeBase = 10000, RopeScaling = RopeScaling.None, Windows = LayerWindows.Alternating(4, 40),
    }, half: true);

    readonly KeyValuePagePool _pool;
    readonly PrefixCache _cache;

    public PrefixCacheTests()
    {
        _pool = new KeyValuePagePool(_groups.Layouts, 40 * _groups.Layouts[0].PageBytes);
        _cache = new PrefixCache(_groups, _pool);
    }

    public void Dispose() => _pool.Dispose();

    [Fact]
    public void TheLongestPrefixInWholePages()
    {
        Compute(Tokens(1, 5 * Page + 7), out _);
        Assert.Equal(5, _cache.Count);
        Assert.Equal(5 * Page, Find(Tokens(1, 300)));
        Assert.Equal(4 * Page, Find(Tokens(1, 5 * Page)));
        Assert.Equal(2 * Page, Find([.. Tokens(1, 2 * Page + 9), .. Tokens(2, 100)]));
        Assert.Equal(0, Find(Tokens(2, 300)));
        Assert.Equal(0, Find([.. Tokens(1, Page - 1), .. Tokens(2, 100)]));
    }

    [Fact]
    public void EqualPagesAreHeldOnce()
    {
        int before = Held();
        DecoderSequence one = Compute(Tokens(1, 4 * Page), out PrefixNode first, end: false);
        int single = Held() - before;
        // Side by side, before either knew of the other: the second takes over the first one's pages.
        DecoderSequence two = Compute(Tokens(1, 4 * Page), out PrefixNode second, end: false, reuse: false);
        Assert.Equal(single, Held() - before);
        Assert.Same(one.Tables[1].Page(0), two.Tables[1].Page(0));
        End(one, first);
        End(two, second);
        Assert.Equal(before, Held());
        Assert.Equal(4, _cache.Count);
    }

    [Fact]
    public void TheLongestUnusedGoesFirstFromItsEnd()
    {
        Compute(Tokens(1, 3 * Page), out _);
        Compute(Tokens(2, 3 * Page), out _);
        DecoderSequence user = Use(Tokens(1, 3 * Page + 1), out PrefixNode tail);
        End(user, tail);
        while (_cache.Count > 3) Assert.True(_pool.Reclaim!());
        Assert.Equal(0, Find(Tokens(2, 3 * Page + 1)));
        Assert.Equal(3 * Page, Find(Tokens(1, 3 * Page + 1)));
    }

    /// <summary>Within a path only windowed pages go, and then the prompt may still go on further down, where they are there.</summary>
    [Fact]
    public void WindowPagesOfTheMiddleGoAlone()
    {
        Compute(Tokens(1, 10 * Page), out _);
        DecoderSequence user = Use(Tokens(1, 10 * Page + 1), out PrefixNode tail);
        int[] free = [_pool.HeldPages(0), _pool.HeldPages(1)];
        // Held now: the two windowed pages in sight of position 320, and every page of the layers that see all.
        Assert.Equal(2, free[_groups.GroupOf(0)]);
        Assert.Equal(10, free[_groups.GroupOf(1)]);
        while (_pool.Reclaim!())
        {
        }

        Assert.Equal(10, _cache.Count);
        Assert.Equal(10 * Page, Find(Tokens(1, 10 * Page + 1)));
        Assert.Equal(0, Find(Tokens(1, 5 * Page + 1)));
        End(user, tail);
        _cache.Clear();
        Assert.Equal((0, 0), (_cache.Count, Held()));
        Assert.Equal(_pool.AllocatedPages, _pool.FreePages);
    }

    [Fact]
    public void ARunningTailIsNeverCutOff()
    {
        DecoderSequence running = Compute(Tokens(1, 2 * Page), out PrefixNode tail, end: false);
        while (_pool.Reclaim!())
        {
        }

        Advance(running, 2 * Page);
        tail = _cache.Add(tail, [.. Tokens(1, 4 * Page)], 2, running);
        End(running, tail);
        Assert.Equal(4 * Page, Find(Tokens(1, 4 * Page + 1)));
    }

    static int[] Tokens(int seed, int count)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, count).Select(_ => random.Next(100))];
    }

    int Find(int[] tokens) => _cache.Find(null, [.. tokens], tokens.Length - 1).Tokens;

    int Held() => _pool.HeldPages(0) + _pool.HeldPages(1);

    DecoderSequence Use(int[] tokens, out PrefixNode tail, bool reuse = true)
    {
        var sequence = new DecoderSequence(_groups, 4096, _pool);
        PrefixMatch match = _cache.Find(null, [.. tokens], reuse ? tokens.Length - 1 : 0);
        _cache.Use(match, sequence);
        tail = match.Tail;
        return sequence;
    }

    DecoderSequence Compute(int[] tokens, out PrefixNode tail, bool end = true, bool reuse = true)
    {
        DecoderSequence sequence = Use(tokens, out tail, reuse);
        int from = sequence.Length;
        Advance(sequence, tokens.Length - from);
        tail = _cache.Add(tail, [.. tokens], from / Page, sequence);
        if (end) End(sequence, tail);
        return sequence;
    }

    static void Advance(DecoderSequence sequence, int tokens)
    {
        Assert.True(sequence.TryPrepare(tokens));
        sequence.Advance(tokens);
    }

    void End(DecoderSequence sequence, PrefixNode tail)
    {
        sequence.Dispose();
        _cache.Leave(tail);
    }
}
