namespace Poise.Tensors.Kernels;

/// <summary>One document and one key-value head of packed attention; indices count from the document's start.</summary>
unsafe struct AttentionView
{
    public int Length, Group, KeySize, ValueSize, Window;
    public float Scale, Cap;

    /// <summary>Packed vectors: of query n = position * group + head in the group, or of a position.</summary>
    public float* Queries, KeyVectors, Values, OutputGradients;

    /// <summary>The same as tiles [size, 16], the last padded with zeros.</summary>
    public float* QueryTiles, KeyTiles, ValueTiles, OutputGradientTiles;

    /// <summary>Of each query: the largest score, one over the sum of e^(score - largest), and the sum of dO O. Sixteen may be read at any query.</summary>
    public float* Largest, Inverse, Pull;

    public readonly float* Query(int n) => Queries + (long)n * KeySize;

    public readonly float* OutputGradient(int n) => OutputGradients + (long)n * ValueSize;

    public readonly float* Key(int t) => KeyVectors + (long)t * KeySize;

    public readonly float* Value(int t) => Values + (long)t * ValueSize;

    public readonly float* QueryTile(int i) => QueryTiles + (long)i * KeySize * 16;

    public readonly float* OutputGradientTile(int i) => OutputGradientTiles + (long)i * ValueSize * 16;

    public readonly float* KeyTile(int i) => KeyTiles + (long)i * KeySize * 16;

    public readonly float* ValueTile(int i) => ValueTiles + (long)i * ValueSize * 16;

    /// <summary>The queries of a block and the key tiles that any of them sees.</summary>
    public readonly (int First, int Count, int Begin, int Tiles) Keys(int block)
    {
        int first = block * 16, count = Math.Min(16, Length * Group - first), from = first / Group, to = (first + count - 1) / Group;
        int begin = (Window > 0 ? Math.Max(0, from - Window + 1) : 0) / 16;
        return (first, count, begin, to / 16 - begin + 1);
    }
}
