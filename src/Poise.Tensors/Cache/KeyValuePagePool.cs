namespace Poise.Tensors.Cache;

/// <summary>
/// Pages for the KV caches of many sequences within one budget of memory. Memory is reserved when first used and goes back
/// to the system with the pool. Not thread-safe: the thread that runs the model owns it.
/// </summary>
public sealed class KeyValuePagePool : IDisposable
{
    readonly KeyValueLayout[] _layouts;
    readonly Stack<KeyValuePage>[] _free;
    readonly int[] _held;

    /// <param name="layouts">One per group of layers.</param>
    /// <param name="budget">Bytes that all pages together may take.</param>
    public KeyValuePagePool(IReadOnlyList<KeyValueLayout> layouts, long budget)
    {
        _layouts = [.. layouts];
        _free = [.. layouts.Select(_ => new Stack<KeyValuePage>())];
        _held = new int[_layouts.Length];
        Budget = budget;
    }

    public IReadOnlyList<KeyValueLayout> Layouts => _layouts;

    public long Budget { get; }

    /// <summary>Bytes of the pages that exist: in use, kept for their prefix, or free.</summary>
    public long AllocatedBytes { get; private set; }

    /// <summary>Pages of a group that sequences hold; a shared page counts once.</summary>
    public int HeldPages(int group) => _held[group];

    /// <summary>Pages that are neither held nor kept.</summary>
    public int FreePages => _free.Sum(stack => stack.Count);

    public int AllocatedPages { get; private set; }

    /// <summary>Gives up one kept page or more that nobody holds; false if there is none. Asked when the budget is used up.</summary>
    public Func<bool>? Reclaim { get; set; }

    /// <summary>A page with one holder and any content, or null when every page is held.</summary>
    public KeyValuePage? TryTake(int group)
    {
        long bytes = _layouts[group].PageBytes;
        KeyValuePage? page;
        while (!_free[group].TryPop(out page))
        {
            if (AllocatedBytes + bytes <= Budget)
            {
                page = new KeyValuePage(group, bytes);
                AllocatedBytes += bytes;
                AllocatedPages++;
                break;
            }

            if (!FreeOne() && Reclaim?.Invoke() != true) return null;
        }

        Hold(page);
        return page;
    }

    /// <summary>Adds a holder.</summary>
    public void Hold(KeyValuePage page)
    {
        if (page.Holders++ == 0) _held[page.Group]++;
    }

    /// <summary>Removes a holder; the last one frees the page unless it is kept.</summary>
    public void Release(KeyValuePage page)
    {
        if (page.Holders <= 0) throw new InvalidOperationException("A page was released twice.");
        if (--page.Holders > 0) return;
        _held[page.Group]--;
        if (!page.Kept) _free[page.Group].Push(page);
    }

    /// <summary>Keeps a held page beyond its holders.</summary>
    public void Keep(KeyValuePage page)
    {
        if (page.Holders == 0 || page.Kept) throw new InvalidOperationException("Only a held page can be kept, and once.");
        page.Kept = true;
    }

    /// <summary>Ends <see cref="Keep"/>.</summary>
    public void Drop(KeyValuePage page)
    {
        if (!page.Kept) throw new InvalidOperationException("The page is not kept.");
        page.Kept = false;
        if (page.Holders == 0) _free[page.Group].Push(page);
    }

    public void Dispose()
    {
        foreach (Stack<KeyValuePage> free in _free)
        {
            foreach (KeyValuePage page in free) Delete(page);
            free.Clear();
        }
    }

    // A free page of another group makes room for one of this group.
    bool FreeOne()
    {
        foreach (Stack<KeyValuePage> free in _free)
        {
            if (!free.TryPop(out KeyValuePage? page)) continue;
            Delete(page);
            return true;
        }

        return false;
    }

    void Delete(KeyValuePage page)
    {
        AllocatedBytes -= _layouts[page.Group].PageBytes;
        AllocatedPages--;
        page.Buffer.Dispose();
    }
}
