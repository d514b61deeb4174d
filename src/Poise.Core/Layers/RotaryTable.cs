using Poise.Tensors;
using Poise.Tensors.Kernels;

namespace Poise.Core.Layers;

/// <summary>
/// Cosines and sines of the rotary position embedding (arXiv 2104.09864) with the scalings of Llama 3.1 and YaRN (arXiv
/// 2309.00071). Angles are computed in double precision and rounded once.
/// </summary>
public sealed class RotaryTable : IDisposable
{
    readonly double[] _inverse;
    readonly double _factor;

    /// <param name="rotary">Dimensions of a head that rotate; even.</param>
    /// <param name="divisors">For <see cref="RopeScalingKind.Divisors"/>: [rotary / 2].</param>
    /// <param name="roundCorners">Round YaRN's corners even where the model does not, as ggml does.</param>
    public RotaryTable(int rotary, double rotaryBase, RopeScaling scaling, float[]? divisors = null, bool roundCorners = false)
    {
        Rotary = rotary;
        Cosines = new FloatRows(rotary / 2);
        Sines = new FloatRows(rotary / 2);
        _factor = scaling.Kind == RopeScalingKind.Yarn ? scaling.AttentionFactor : 1;
        _inverse = new double[rotary / 2];
        (double low, double high) = scaling.Kind == RopeScalingKind.Yarn ? YarnCorners(rotary, rotaryBase, scaling, roundCorners) : default;
        for (int i = 0; i < _inverse.Length; i++)
        {
            double inverse = 1 / PreciseMath.Power(rotaryBase, 2.0 * i / rotary);
            _inverse[i] = scaling.Kind switch
            {
                RopeScalingKind.None => inverse,
                RopeScalingKind.Linear => inverse / scaling.Factor,
                RopeScalingKind.Divisors => inverse / divisors![i],
                RopeScalingKind.Llama3 => Llama3(inverse, scaling),
                RopeScalingKind.Yarn => Yarn(inverse, Math.Clamp((i - low) / (high - low), 0, 1), scaling.Factor),
                _ => throw new InvalidOperationException($"{scaling.Kind}"),
            };
        }
    }

    public int Rotary { get; }

    /// <summary>[positions, rotary / 2], as <see cref="Fill"/> left them.</summary>
    public FloatRows Cosines { get; }

    public FloatRows Sines { get; }

    public IReadOnlyList<double> InverseFrequencies => _inverse;

    /// <summary>Computes the rows for these positions.</summary>
    public void Fill(ReadOnlySpan<int> positions)
    {
        Cosines.Resize(positions.Length);
        Sines.Resize(positions.Length);
        for (int t = 0; t < positions.Length; t++)
        {
            Span<float> cosines = Cosines.Row(t), sines = Sines.Row(t);
            for (int i = 0; i < _inverse.Length; i++)
            {
                (double sin, double cos) = PreciseMath.SinCos(positions[t] * _inverse[i]);
                cosines[i] = (float)(cos * _factor);
                sines[i] = (float)(sin * _factor);
            }
        }
    }

    static double Llama3(double inverse, RopeScaling scaling)
    {
        double wavelength = 2 * Math.PI / inverse, original = scaling.OriginalContext;
        if (wavelength < original / scaling.HighFrequencyFactor) return inverse;
        if (wavelength > original / scaling.LowFrequencyFactor) return inverse / scaling.Factor;
        double smooth = (original / wavelength - scaling.LowFrequencyFactor) / (scaling.HighFrequencyFactor - scaling.LowFrequencyFactor);
        return (1 - smooth) * inverse / scaling.Factor + smooth * inverse;
    }

    static double Yarn(double inverse, double ramp, double factor) => inverse / factor * ramp + inverse * (1 - ramp);

    static (double Low, double High) YarnCorners(int rotary, double rotaryBase, RopeScaling scaling, bool roundCorners)
    {
        double Corner(double rotations) => rotary * PreciseMath.Log(scaling.OriginalContext / (rotations * 2 * Math.PI)) / (2 * PreciseMath.Log(rotaryBase));
        double low = Corner(scaling.BetaFast), high = Corner(scaling.BetaSlow);
        if (scaling.Truncate || roundCorners) (low, high) = (Math.Floor(low), Math.Ceiling(high));
        low = Math.Max(low, 0);
        high = Math.Min(high, rotary - 1);
        return (low, low == high ? high + 0.001 : high);
    }

    public void Dispose()
    {
        Cosines.Dispose();
        Sines.Dispose();
    }
}
