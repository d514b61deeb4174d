using Poise.Tensors;

namespace Poise.Core.Adapters;

/// <summary>
/// W' = W + s B A for one parameter, or for every expert of one; with magnitudes (DoRA) W' = diag(m / norms) (W + s B A).
/// For a table W is [rows, dim]: A is then [r, dim], B [rows, r], and the magnitudes belong to the columns.
/// </summary>
public sealed class LowRankPair : IDisposable
{
    /// <param name="a">[rank, in] of one expert after the other. Becomes this object's.</param>
    /// <param name="b">[out, rank] of one expert after the other. Becomes this object's.</param>
    public LowRankPair(BaseParameter parameter, int rank, double alpha, double scale, FloatRows a, FloatRows b)
    {
        int count = Math.Max(1, parameter.Experts);
        if (a.Rows != count * rank || a.Columns != parameter.Inputs || b.Rows != (long)count * parameter.Outputs || b.Columns != rank)
            throw new ArgumentException($"{parameter.Name}: factors [{a.Rows}, {a.Columns}] and [{b.Rows}, {b.Columns}] of rank {rank} do not fit.");
        (Parameter, Rank, Alpha, Scale, A, B) = (parameter, rank, alpha, scale, a, b);
    }

    public BaseParameter Parameter { get; }

    public int Rank { get; }

    public double Alpha { get; }

    /// <summary>s: alpha / rank, or alpha / sqrt(rank).</summary>
    public double Scale { get; }

    /// <summary>[experts * rank, in]: row e * rank + j is component j of expert e.</summary>
    public FloatRows A { get; }

    /// <summary>[experts * out, rank].</summary>
    public FloatRows B { get; }

    /// <summary>DoRA: [out], of a table [dim]; else null.</summary>
    public float[]? Magnitudes { get; init; }

    /// <summary>Of the second factor, [out], before it is scaled; or null.</summary>
    public float[]? Bias { get; init; }

    public void Dispose()
    {
        A.Dispose();
        B.Dispose();
    }
}

/// <summary>Values that take a parameter's place, in the base's shape.</summary>
public sealed record Replacement(BaseParameter Parameter, float[] Values);

/// <summary>Rows of a table that are replaced. <paramref name="Values"/> [indices, dim].</summary>
public sealed record RowReplacement(BaseParameter Table, int[] Indices, float[] Values);
