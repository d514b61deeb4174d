using Poise.Tensors.Kernels;

namespace Poise.Tensors.Matrices;

/// <summary>s B (A x): what a low-rank pair adds to one row.</summary>
public sealed class LowRankFactors : IDisposable
{
    // A sum over the rank runs without a ragged end.
    const int Padding = 32;

    /// <param name="a">[rank, in]. Becomes this object's; may be shared.</param>
    /// <param name="b">[out, rank]: copied, padded.</param>
    public LowRankFactors(FloatRows a, ReadOnlySpan<float> b, float scale)
    {
        int rank = a.Rows, outputs = b.Length / rank, padded = (rank + Padding - 1) / Padding * Padding;
        (A, Scale) = (a, scale);
        B = new FloatRows(padded).Resize(outputs);
        B.All.Clear();
        for (int o = 0; o < outputs; o++) b.Slice(o * rank, rank).CopyTo(B.Row(o));
    }

    internal FloatRows A { get; }

    internal FloatRows B { get; }

    internal float Scale { get; }

    public void Dispose()
    {
        A.Dispose();
        B.Dispose();
    }
}

/// <summary>
/// How the result y of a matrix product changes for some of its rows, in this order: another matrix in place of the base's,
/// low-rank pairs, a factor for each output, an addend for each output, single outputs of their own.
/// </summary>
public sealed class RowChange : IDisposable
{
    /// <summary>[out, in], or null.</summary>
    public FloatRows? Weight { get; set; }

    public List<LowRankFactors> Pairs { get; } = [];

    /// <summary>[out], or null.</summary>
    public float[]? Factors { get; set; }

    /// <summary>[out], or null.</summary>
    public float[]? Addend { get; set; }

    /// <summary>Outputs that have rows of their own, [indices, in]; or null.</summary>
    public (int[] Indices, FloatRows Rows)? Single { get; set; }

    internal int Outputs => Weight?.Rows ?? (Pairs.Count > 0 ? Pairs[0].B.Rows : Factors?.Length ?? Addend?.Length ?? 0);

    public void Dispose()
    {
        Weight?.Dispose();
        foreach (LowRankFactors pair in Pairs) pair.Dispose();
        Single?.Rows.Dispose();
    }
}
