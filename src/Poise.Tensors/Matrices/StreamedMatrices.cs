namespace Poise.Tensors.Matrices;

/// <summary>
/// Matrices that are used together, one expert for instance, and are kept in memory together or not at all. Where they are not,
/// they are multiplied from the mapped file, to the same bits.
/// </summary>
public sealed class StreamedMatrices
{
    internal StreamedMatrices(WeightMatrix[] matrices, int stage)
    {
        Matrices = matrices;
        Stage = stage;
        PackedBytes = matrices.Sum(m => m.PackedBytes);
        StoredBytes = matrices.Sum(m => m.Source.Bytes);
    }

    public bool IsKept => Memory is not null;

    internal WeightMatrix[] Matrices { get; }

    /// <summary>The layer: what its members' ages are counted by.</summary>
    internal int Stage { get; }

    /// <summary>Bytes in memory when they are kept.</summary>
    internal long PackedBytes { get; }

    /// <summary>Bytes in the file.</summary>
    internal long StoredBytes { get; }

    /// <summary>Where they are kept; null while they are not.</summary>
    internal NativeBuffer? Memory { get; set; }

    /// <summary>How often they were used, each use counting less the longer ago it was; as of <see cref="ScoredAt"/>.</summary>
    internal double Score { get; set; }

    internal long ScoredAt { get; set; }

    /// <summary>The call of <see cref="MatrixStreamer.Use"/> that asked for them last.</summary>
    internal long UsedBy { get; set; }
}
