using Poise.Tensors;
using Poise.Tensors.Kernels;

namespace Poise.Core.Layers;

/// <summary>How the rotary frequencies of a model differ from base^(-2i/D).</summary>
public enum RopeScalingKind
{
    /// <summary>Not at all.</summary>
    None,

    /// <summary>Every frequency divided by the factor.</summary>
    Linear,

    /// <summary>Llama 3.1: low frequencies divided, high ones kept, a smooth band between.</summary>
    Llama3,

    /// <summary>YaRN: a ramp over the pairs, and a factor on cos and sin.</summary>
    Yarn,

    /// <summary>GGUF files of Llama 3.1 and later: the divisors lie in the tensor <c>rope_freqs.weight</c>, F32 [D/2]; no key says so.</summary>
    Divisors,
}

/// <summary>The numbers of one scaling; those that its kind does not use are zero.</summary>
public sealed record RopeScaling
{
    public static readonly RopeScaling None = new();
    public static readonly RopeScaling Divisors = new() { Kind = RopeScalingKind.Divisors };

    public RopeScalingKind Kind { get; init; }
    public double Factor { get; init; }

    /// <summary>Llama3: wavelengths above original context / this are divided by <see cref="Factor"/>.</summary>
    public double LowFrequencyFactor { get; init; }

    /// <summary>Llama3: wavelengths below original context / this stay.</summary>
    public double HighFrequencyFactor { get; init; }

    /// <summary>Llama3 and YaRN: the context, in tokens, that the model was first trained with.</summary>
    public int OriginalContext { get; init; }

    /// <summary>YaRN: rotations over the original context above which a pair is kept (alone: 32).</summary>
    public double BetaFast { get; init; }

    /// <summary>YaRN: rotations below which a pair is divided (alone: 1).</summary>
    public double BetaSlow { get; init; }

    /// <summary>YaRN: multiplies cos and sin, so scores by its square.</summary>
    public double AttentionFactor { get; init; }

    /// <summary>YaRN: whether the ends of the ramp are rounded to whole pairs. gpt-oss: no.</summary>
    public bool Truncate { get; init; }

    /// <summary>Llama3 scaling.</summary>
    public static RopeScaling Llama3(double factor, double low, double high, int originalContext) => new()
    {
        Kind = RopeScalingKind.Llama3,
        Factor = factor,
        LowFrequencyFactor = low,
        HighFrequencyFactor = high,
        OriginalContext = originalContext,
    };

    /// <summary>YaRN; the attention factor is 0.1 ln(factor) + 1 unless given.</summary>
    public static RopeScaling Yarn(double factor, int originalContext, double betaFast, double betaSlow, bool truncate, double? attentionFactor = null) => new()
    {
        Kind = RopeScalingKind.Yarn,
        Factor = factor,
        OriginalContext = originalContext,
        BetaFast = betaFast,
        BetaSlow = betaSlow,
        Truncate = truncate,
        AttentionFactor = attentionFactor ?? Magnitude(factor, 1),
    };

    /// <summary>YaRN's m(f, t) = 0.1 t ln f + 1, and 1 where nothing is stretched.</summary>
    internal static double Magnitude(double factor, double scale) => factor <= 1 ? 1 : 0.1 * scale * PreciseMath.Log(factor) + 1;

    /// <summary>Refuses numbers that no frequency can be computed from.</summary>
    internal RopeScaling Check(string file, string field)
    {
        bool fine = Kind switch
        {
            RopeScalingKind.None or RopeScalingKind.Divisors => true,
            RopeScalingKind.Linear => Factor is >= 1e-6 and <= 1e6,
            RopeScalingKind.Llama3 => Factor is >= 1 and <= 1e6 && LowFrequencyFactor > 0 && HighFrequencyFactor > LowFrequencyFactor && OriginalContext >= 1,
            RopeScalingKind.Yarn => Factor is >= 1e-6 and <= 1e6 && BetaSlow > 0 && BetaFast > BetaSlow && OriginalContext >= 1 && AttentionFactor is > 0 and <= 1e6,
            _ => false,
        };
        return fine ? this : throw new ModelFileException(file, field, $"the numbers of this {Kind} scaling do not fit together (factor {Factor}, original context {OriginalContext}, bounds {LowFrequencyFactor + BetaSlow} and {HighFrequencyFactor + BetaFast})");
    }
}
