using Poise.Tensors;

namespace Poise.Core.Layers;

/// <summary>How an adapter changes the rows of an embedding table, in this order.</summary>
sealed class TableChange
{
    /// <summary>[rows, dim] in place of the base's; or null.</summary>
    public float[]? Values { get; set; }

    /// <summary>Row v gets scale times the sum over j of B[v, j] A[j].</summary>
    public List<(FloatRows A, FloatRows B, float Scale)> Pairs { get; } = [];

    /// <summary>[dim], or null.</summary>
    public float[]? Factors { get; set; }

    /// <summary>Rows that are replaced.</summary>
    public Dictionary<int, float[]> Rows { get; } = [];

    public void Apply(int token, Span<float> row)
    {
        if (Rows.TryGetValue(token, out float[]? own))
        {
            own.CopyTo(row);
            return;
        }

        Values?.AsSpan(token * row.Length, row.Length).CopyTo(row);
        foreach ((FloatRows a, FloatRows b, float scale) in Pairs)
        {
            ReadOnlySpan<float> mix = b.Row(token);
            for (int j = 0; j < mix.Length; j++) Operations.AddScaled(row, a.Row(j), scale * mix[j]);
        }

        if (Factors is null) return;
        for (int i = 0; i < row.Length; i++) row[i] *= Factors[i];
    }
}
