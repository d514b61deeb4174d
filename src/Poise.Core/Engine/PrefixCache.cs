using System.Runtime.CompilerServices;
using Poise.Core.Layers;
using Poise.Core.Models;
using Poise.Tensors.Cache;

namespace Poise.Core.Engine;

/// <summary>
/// Prefixes that were computed before, as a tree of full pages. A prompt begins with the longest path that equals its own
/// tokens and whose windowed layers still have the pages in sight. What nobody holds is given up when memory is wanted, the
/// longest unused first: ends of paths whole, and within paths the pages of windowed layers, which only a prompt that
/// branches off there would need.
/// </summary>
sealed class PrefixCache
{
    readonly CacheGroups _groups;
    readonly KeyValuePagePool _pool;
    readonly HashSet<PrefixNode> _nodes = [];
    readonly PrefixNode _root;

    // Keys and values depend on the adapter: each has a tree of its own.
    readonly ConditionalWeakTable<LoadedAdapter, PrefixNode> _adapted = [];
    long _clock;

    public PrefixCache(CacheGroups groups, KeyValuePagePool pool)
    {
        _groups = groups;
        _pool = pool;
        _root = new PrefixNode(null, [], groups.Count);
        pool.Reclaim = Reclaim;
    }

    /// <summary>Pages of prefixes, counted once for all groups.</summary>
    public int Count => _nodes.Count;

    /// <summary>The longest usable prefix of at most <paramref name="most"/> tokens, computed with the same adapter. Valid until the next call of anything here.</summary>
    public PrefixMatch Find(LoadedAdapter? adapter, List<int> tokens, int most)
    {
        var path = new List<PrefixNode>();
        PrefixNode root = adapter is null ? _root : _adapted.GetValue(adapter, _ => new PrefixNode(null, [], _groups.Count)), node = root;
        for (int from = 0; from + KeyValueLayout.Positions <= most; from += KeyValueLayout.Positions)
        {
            if (!node.Children.TryGetValue([.. tokens.GetRange(from, KeyValueLayout.Positions)], out PrefixNode? child)) break;
            path.Add(node = child);
        }

        while (path.Count > 0 && !InSight(path)) path.RemoveAt(path.Count - 1);
        return new PrefixMatch(path.Count * KeyValueLayout.Positions, path, path.Count > 0 ? path[^1] : root);
    }

    /// <summary>Lets a new sequence begin with a match.</summary>
    public void Use(PrefixMatch match, DecoderSequence sequence)
    {
        _clock++;
        foreach (PrefixNode node in match.Path) node.LastUse = _clock;
        if (match.Tokens > 0)
        {
            var pages = new List<IReadOnlyList<KeyValuePage>>();
            for (int group = 0; group < _groups.Count; group++)
            {
                var own = new List<KeyValuePage>();
                for (int i = FirstPage(group, match.Path.Count); i < match.Path.Count; i++)
                {
                    match.Path[i].LastWindowUse = _clock;
                    own.Add(match.Path[i].Pages[group]!);
                }

                pages.Add(own);
            }

            sequence.Adopt(match.Tokens, pages);
        }

        match.Tail.Tails++;
    }

    /// <summary>Keeps the full pages that a sequence has written since <paramref name="tail"/>, and returns the new tail.</summary>
    /// <param name="tokens">All tokens of the sequence.</param>
    /// <param name="page">The page after the tail.</param>
    public PrefixNode Add(PrefixNode tail, List<int> tokens, int page, DecoderSequence sequence)
    {
        PrefixNode node = tail;
        for (; (page + 1) * KeyValueLayout.Positions <= sequence.Length; page++)
        {
            int[] own = [.. tokens.GetRange(page * KeyValueLayout.Positions, KeyValueLayout.Positions)];
            if (!node.Children.TryGetValue(own, out PrefixNode? child))
            {
                child = new PrefixNode(node, own, _groups.Count);
                node.Children.Add(own, child);
                _nodes.Add(child);
            }

            for (int group = 0; group < _groups.Count; group++)
            {
                KeyValueTable table = sequence.Tables[group];
                // In a step of several passes a windowed group has let go of what it wrote in the first ones.
                if (page < table.FirstPage) continue;
                if (child.Pages[group] is { } known)
                {
                    // Another sequence has computed the same: the bits are equal, one copy is enough. A sequence holds all
                    // of its path, so that what is idle never lies before what is held.
                    table.Replace(page, known);
                }
                else
                {
                    child.Pages[group] = table.Page(page);
                    _pool.Keep(table.Page(page));
                }
            }

            child.LastUse = child.LastWindowUse = ++_clock;
            node = child;
        }

        tail.Tails--;
        node.Tails++;
        return node;
    }

    /// <summary>The sequence with this tail has ended.</summary>
    public void Leave(PrefixNode tail)
    {
        tail.Tails--;
        RemoveIfEmpty(tail);
    }

    /// <summary>Gives everything up that no sequence holds.</summary>
    public void Clear()
    {
        while (Reclaim())
        {
        }
    }

    bool InSight(List<PrefixNode> path)
    {
        for (int group = 0; group < _groups.Count; group++)
            for (int i = FirstPage(group, path.Count); i < path.Count; i++)
                if (path[i].Pages[group] is null) return false;
        return true;
    }

    int FirstPage(int group, int pages) => _groups.FirstVisible(group, pages * KeyValueLayout.Positions) / KeyValueLayout.Positions;

    // A pass over all nodes: some thousands at most, once in 32 tokens of a sequence and only under pressure.
    bool Reclaim()
    {
        PrefixNode? oldest = null;
        long oldestUse = long.MaxValue;
        foreach (PrefixNode node in _nodes)
        {
            bool end = IsEnd(node);
            long use = end ? node.LastUse : node.LastWindowUse;
            if (use >= oldestUse || !HasIdlePage(node, end)) continue;
            (oldest, oldestUse) = (node, use);
        }

        if (oldest is null) return false;
        for (int group = 0; group < _groups.Count; group++)
            if (oldest.Pages[group] is { Holders: 0 } && (IsEnd(oldest) || _groups.Window(group) > 0)) DropPage(oldest, group);
        if (IsEnd(oldest))
            for (int group = 0; group < _groups.Count; group++) DropPage(oldest, group);
        RemoveIfEmpty(oldest);
        return true;
    }

    static bool IsEnd(PrefixNode node) => node.Children.Count == 0 && node.Tails == 0;

    bool HasIdlePage(PrefixNode node, bool end)
    {
        for (int group = 0; group < _groups.Count; group++)
            if (node.Pages[group] is { Holders: 0 } && (end || _groups.Window(group) > 0)) return true;
        return false;
    }

    void DropPage(PrefixNode node, int group)
    {
        if (node.Pages[group] is not { } page) return;
        node.Pages[group] = null;
        _pool.Drop(page);
    }

    void RemoveIfEmpty(PrefixNode? node)
    {
        while (node?.Parent is { } parent && IsEnd(node) && node.Pages.All(page => page is null))
        {
            parent.Children.Remove(node.Tokens);
            _nodes.Remove(node);
            node = parent;
        }
    }
}
