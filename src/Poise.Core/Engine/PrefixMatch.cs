using Poise.Core.Models;

namespace Poise.Core.Engine;

/// <summary>What <see cref="PrefixCache.Find"/> found.</summary>
/// <param name="Tokens">Tokens that need not be computed.</param>
/// <param name="Tail">Where the sequence goes on.</param>
sealed record PrefixMatch(int Tokens, IReadOnlyList<PrefixNode> Path, PrefixNode Tail)
{
    /// <summary>Bytes of the full-context pages in it that no sequence holds yet: using it takes them out of what can be given up.</summary>
    public long IdleBytes(CacheGroups groups)
    {
        long bytes = 0;
        foreach (PrefixNode node in Path)
            for (int group = 0; group < groups.Count; group++)
                if (groups.Window(group) == 0 && node.Pages[group] is { Holders: 0 }) bytes += groups.Layouts[group].PageBytes;
        return bytes;
    }
}
