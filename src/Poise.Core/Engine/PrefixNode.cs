using Poise.Tensors.Cache;

namespace Poise.Core.Engine;

/// <summary>One full page of a prefix: its tokens, and for each group of layers the page that holds their keys and values.</summary>
sealed class PrefixNode(PrefixNode? parent, int[] tokens, int groups)
{
    public PrefixNode? Parent { get; } = parent;

    public int[] Tokens { get; } = tokens;

    public Dictionary<int[], PrefixNode> Children { get; } = new(SameTokens.Instance);

    /// <summary>By group; null where a windowed group's page was given up.</summary>
    public KeyValuePage?[] Pages { get; } = new KeyValuePage?[groups];

    /// <summary>Running sequences that will append after this page.</summary>
    public int Tails { get; set; }

    /// <summary>When a prompt last began with it.</summary>
    public long LastUse { get; set; }

    /// <summary>When a prompt last went on from where its windowed pages are in sight.</summary>
    public long LastWindowUse { get; set; }

    sealed class SameTokens : IEqualityComparer<int[]>
    {
        public static readonly SameTokens Instance = new();

        public bool Equals(int[]? x, int[]? y) => x.AsSpan().SequenceEqual(y);

        public int GetHashCode(int[] tokens)
        {
            var hash = new HashCode();
            foreach (int token in tokens) hash.Add(token);
            return hash.ToHashCode();
        }
    }
}
