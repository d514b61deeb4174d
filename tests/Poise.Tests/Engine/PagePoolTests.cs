using Poise.Tensors.Cache;

namespace Poise.Tests.Engine;

/// <summary>Pages within a budget: who holds them, who keeps them, and when they are free.</summary>
public sealed class PagePoolTests
{
    static readonly KeyValueLayout s_small = new(1, 1, 16, half: true), s_large = new(3, 1, 16, half: true);

    [Fact]
    public void TheBudgetIsNeverExceeded()
    {
        using var pool = new KeyValuePagePool([s_small], 5 * s_small.PageBytes + 7);
        KeyValuePage[] pages = [.. Enumerable.Range(0, 5).Select(_ => pool.TryTake(0)!)];
        Assert.Null(pool.TryTake(0));
        Assert.Equal((5 * s_small.PageBytes, 5, 5, 0), (pool.AllocatedBytes, pool.AllocatedPages, pool.HeldPages(0), pool.FreePages));
        pool.Release(pages[2]);
        Assert.Equal((4, 1), (pool.HeldPages(0), pool.FreePages));
        Assert.Same(pages[2], pool.TryTake(0));
    }

    [Fact]
    public void AHeldOrKeptPageIsNotFree()
    {
        using var pool = new KeyValuePagePool([s_small], 2 * s_small.PageBytes);
        KeyValuePage page = pool.TryTake(0)!;
        pool.Hold(page);
        pool.Keep(page);
        pool.Release(page);
        pool.Release(page);
        Assert.Equal((0, 0), (pool.HeldPages(0), pool.FreePages));
        pool.Hold(page);
        pool.Drop(page);
        Assert.Equal((1, 0), (pool.HeldPages(0), pool.FreePages));
        pool.Release(page);
        Assert.Equal((0, 1), (pool.HeldPages(0), pool.FreePages));
        Assert.Throws<InvalidOperationException>(() => pool.Release(page));
        Assert.Throws<InvalidOperationException>(() => pool.Keep(page));
        Assert.Throws<InvalidOperationException>(() => pool.Drop(page));
    }

    [Fact]
    public void FreePagesOfOneGroupMakeRoomForAnother()
    {
        using var pool = new KeyValuePagePool([s_small, s_large], s_large.PageBytes + s_small.PageBytes);
        KeyValuePage[] pages = [.. Enumerable.Range(0, 4).Select(_ => pool.TryTake(0)!)];
        Assert.Null(pool.TryTake(1));
        foreach (KeyValuePage page in pages[..3]) pool.Release(page);
        Assert.NotNull(pool.TryTake(1));
        Assert.Equal(pool.Budget, pool.AllocatedBytes);
    }

    [Fact]
    public void WhatIsKeptIsReclaimedWhenMemoryIsShort()
    {
        using var pool = new KeyValuePagePool([s_small], s_small.PageBytes);
        KeyValuePage kept = pool.TryTake(0)!;
        pool.Keep(kept);
        pool.Release(kept);
        int asked = 0;
        pool.Reclaim = () =>
        {
            if (++asked > 1) return false;
            pool.Drop(kept);
            return true;
        };
        Assert.Same(kept, pool.TryTake(0));
        Assert.Null(pool.TryTake(0));
    }
}
