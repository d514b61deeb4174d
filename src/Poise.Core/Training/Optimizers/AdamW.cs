using System.Numerics;
using Poise.Tensors;
using Poise.Tensors.Threading;

namespace Poise.Core.Training.Optimizers;

/// <summary>
/// Adam with decoupled weight decay (Loshchilov and Hutter, 2019), state in F32. At step t, with g the scaled gradient, each
/// line rounded once where it ends and once more at each inner product or quotient:
/// <code>
/// g = scale * gradient
/// m = fma(b1, m, (1-b1) * g)
/// v = fma(b2, v, ((1-b2) * g) * g)
/// p = fma(-lr*wd, p, p)                                      where the parameter decays
/// p = fma(-lr/(1-b1^t), m / (sqrt(v) * 1/sqrt(1-b2^t) + eps), p)
/// </code>
/// Factors that are the same for all elements (1-b1, lr*wd, lr/(1-b1^t), 1/sqrt(1-b2^t)) are computed in double and rounded once.
/// </summary>
public sealed class AdamW : IOptimizer
{
    readonly OptimizerSettings _settings;
    readonly OptimizerState[] _first, _second;
    readonly ParameterPieces _pieces;
    // Products of t factors, so that going on after a checkpoint meets the same roundings.
    double _beta1Power = 1, _beta2Power = 1;

    public AdamW(OptimizerSettings settings, IReadOnlyList<Parameter> parameters)
    {
        _settings = settings;
        Parameters = [.. parameters];
        _first = OptimizerState.For("first_moment", Parameters);
        _second = OptimizerState.For("second_moment", Parameters);
        _pieces = new ParameterPieces(Parameters);
        State = [.. _first, .. _second];
    }

    public string Kind => "adamw";

    public IReadOnlyList<Parameter> Parameters { get; }

    public IReadOnlyList<OptimizerState> State { get; }

    public long Steps { get; private set; }

    public void Step(ComputePool pool, double learningRate, float gradientScale)
    {
        Advance();
        var factors = new Factors(
            gradientScale,
            (float)_settings.Beta1, (float)(1 - _settings.Beta1),
            (float)_settings.Beta2, (float)(1 - _settings.Beta2),
            (float)(-learningRate / (1 - _beta1Power)), (float)(1 / Math.Sqrt(1 - _beta2Power)),
            (float)_settings.Epsilon, 0);
        Factors decaying = factors with { Decay = (float)(-learningRate * _settings.WeightDecay) };
        _pieces.For(pool, (_, p, start, count) =>
        {
            Parameter parameter = Parameters[p];
            Span<float> values = parameter.Value.All.Slice(start, count);
            Update(values, parameter.Gradient.All.Slice(start, count), _first[p].Values.All.Slice(start, count),
                _second[p].Values.All.Slice(start, count), WeightDecay.Applies(parameter.Name) ? decaying : factors);
            MasterRounding.Apply(_settings.Master, values);
        });
    }

    public void Resume(long steps)
    {
        if (steps is < 0 or > int.MaxValue) throw new PoiseException($"{steps} is no number of steps that an optimiser can have taken.");
        (Steps, _beta1Power, _beta2Power) = (0, 1, 1);
        while (Steps < steps) Advance();
    }

    void Advance()
    {
        Steps++;
        _beta1Power *= _settings.Beta1;
        _beta2Power *= _settings.Beta2;
    }

    static void Update(Span<float> values, ReadOnlySpan<float> gradients, Span<float> first, Span<float> second, in Factors f)
    {
        int i = 0;
        for (; i <= values.Length - Vector<float>.Count; i += Vector<float>.Count)
        {
            Vector<float> g = new Vector<float>(gradients[i..]) * f.Scale;
            Vector<float> m = Vector.FusedMultiplyAdd(new Vector<float>(f.Beta1), new Vector<float>(first[i..]), g * f.OneMinusBeta1);
            Vector<float> v = Vector.FusedMultiplyAdd(new Vector<float>(f.Beta2), new Vector<float>(second[i..]), g * f.OneMinusBeta2 * g);
            Vector<float> p = new(values[i..]);
            p = Vector.FusedMultiplyAdd(new Vector<float>(f.Decay), p, p);
            Vector<float> divisor = Vector.SquareRoot(v) * f.RootScale + new Vector<float>(f.Epsilon);
            p = Vector.FusedMultiplyAdd(new Vector<float>(f.Rate), m / divisor, p);
            m.CopyTo(first[i..]);
            v.CopyTo(second[i..]);
            p.CopyTo(values[i..]);
        }

        for (; i < values.Length; i++)
        {
            float g = gradients[i] * f.Scale;
            float m = MathF.FusedMultiplyAdd(f.Beta1, first[i], g * f.OneMinusBeta1);
            float v = MathF.FusedMultiplyAdd(f.Beta2, second[i], g * f.OneMinusBeta2 * g);
            float p = MathF.FusedMultiplyAdd(f.Decay, values[i], values[i]);
            float divisor = MathF.Sqrt(v) * f.RootScale + f.Epsilon;
            values[i] = MathF.FusedMultiplyAdd(f.Rate, m / divisor, p);
            first[i] = m;
            second[i] = v;
        }
    }

    public void Dispose()
    {
        foreach (OptimizerState state in State) state.Values.Dispose();
    }

    /// <param name="Rate">-lr / (1 - b1^t).</param>
    /// <param name="RootScale">1 / sqrt(1 - b2^t).</param>
    /// <param name="Decay">-lr * wd, or 0.</param>
    readonly record struct Factors(float Scale, float Beta1, float OneMinusBeta1, float Beta2, float OneMinusBeta2, float Rate, float RootScale,
        float Epsilon, float Decay);
}
