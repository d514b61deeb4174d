namespace Poise.Core.Models;

/// <summary>In what precision the activations enter a matrix product with quantised weights.</summary>
public enum ActivationPrecision
{
    /// <summary>8-bit blocks of 32 with an F32 scale: the default, and the fast path.</summary>
    Int8,

    /// <summary>F32 with dequantised weights, and an F32 KV cache: the precise mode that goldens are compared with.</summary>
    F32,
}

/// <summary>Where the weights live while the model runs.</summary>
public enum WeightPlacement
{
    /// <summary>Packed where they fit in memory; else streamed where the model has experts; else read from the mapped file.</summary>
    Automatic,

    /// <summary>Copied once into the layout that the kernels read fastest.</summary>
    Packed,

    /// <summary>
    /// For mixtures of experts larger than memory: everything else is packed; of the experts those that are used often, as far
    /// as there is room, and the others are read from the file each time.
    /// </summary>
    Streamed,

    /// <summary>Read from the mapped file as they are: nothing to load, and files larger than memory run.</summary>
    Mapped,
}

public sealed record LoadOptions
{
    public ActivationPrecision Activations { get; init; } = ActivationPrecision.Int8;

    public WeightPlacement Placement { get; init; } = WeightPlacement.Automatic;

    /// <summary>
    /// Whether weights that are to be packed are packed while the model already runs, or before it is there. In the background
    /// a model opens at once and answers more slowly for its first seconds.
    /// </summary>
    public bool Background { get; init; }

    /// <summary>Bytes of memory for experts with <see cref="WeightPlacement.Streamed"/>; 0 for what is free when the model is loaded.</summary>
    public long ExpertBytes { get; init; }

    /// <summary>Threads of the compute pool; 0 = one per processor.</summary>
    public int Threads { get; init; }

    /// <summary>Mimics ggml: the YaRN corner indices are rounded to whole numbers. Only for comparisons with llama.cpp.</summary>
    public bool RoundYarnCorners { get; init; }

    /// <summary>Called with bytes done and bytes in all while weights are packed.</summary>
    public Action<long, long>? Progress { get; init; }
}
