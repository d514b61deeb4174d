using System.Numerics;
using Poise.Tensors;
using Poise.Tensors.Threading;

namespace Poise.Core.Training.Optimizers;

/// <summary>
/// Stochastic gradient descent, with momentum (state in F32) or without. Each line is rounded once where it ends:
/// <code>
/// g = scale * gradient
/// g = fma(wd, p, g)              where the parameter decays
/// u = fma(momentum, u, g)        u is 0 before the first step
/// p = fma(-lr, u, p)             with Nesterov's: p = fma(-lr, fma(momentum, u, g), p)
/// </code>
/// </summary>
public sealed class Sgd : IOptimizer
{
    readonly OptimizerSettings _settings;
    readonly OptimizerState[] _momentum;
    readonly ParameterPieces _pieces;

    public Sgd(OptimizerSettings settings, IReadOnlyList<Parameter> parameters)
    {
        if (settings.Nesterov && settings.Momentum <= 0) throw new PoiseException("Nesterov's step needs a momentum above 0.");
        _settings = settings;
        Parameters = [.. parameters];
        _momentum = settings.Momentum > 0 ? OptimizerState.For("momentum", Parameters) : [];
        _pieces = new ParameterPieces(Parameters);
    }

    public string Kind => "sgd";

    public IReadOnlyList<Parameter> Parameters { get; }

    public IReadOnlyList<OptimizerState> State => _momentum;

    public long Steps { get; private set; }

    public void Step(ComputePool pool, double learningRate, float gradientScale)
    {
        Steps++;
        float rate = (float)-learningRate;
        _pieces.For(pool, (_, p, start, count) =>
        {
            Parameter parameter = Parameters[p];
            Span<float> values = parameter.Value.All.Slice(start, count);
            ReadOnlySpan<float> gradients = parameter.Gradient.All.Slice(start, count);
            float decay = WeightDecay.Applies(parameter.Name) ? (float)_settings.WeightDecay : 0;
            if (_momentum.Length == 0) Plain(values, gradients, gradientScale, decay, rate);
            else WithMomentum(values, gradients, _momentum[p].Values.All.Slice(start, count), gradientScale, decay, rate);
            MasterRounding.Apply(_settings.Master, values);
        });
    }

    public void Resume(long steps) => Steps = steps;

    static void Plain(Span<float> values, ReadOnlySpan<float> gradients, float scale, float decay, float rate)
    {
        int i = 0;
        for (; i <= values.Length - Vector<float>.Count; i += Vector<float>.Count)
        {
            Vector<float> p = new(values[i..]);
            Vector<float> g = Vector.FusedMultiplyAdd(new Vector<float>(decay), p, new Vector<float>(gradients[i..]) * scale);
            Vector.FusedMultiplyAdd(new Vector<float>(rate), g, p).CopyTo(values[i..]);
        }

        for (; i < values.Length; i++)
        {
            float g = MathF.FusedMultiplyAdd(decay, values[i], gradients[i] * scale);
            values[i] = MathF.FusedMultiplyAdd(rate, g, values[i]);
        }
    }

    void WithMomentum(Span<float> values, ReadOnlySpan<float> gradients, Span<float> momenta, float scale, float decay, float rate)
    {
        float momentum = (float)_settings.Momentum;
        int i = 0;
        for (; i <= values.Length - Vector<float>.Count; i += Vector<float>.Count)
        {
            Vector<float> p = new(values[i..]);
            Vector<float> g = Vector.FusedMultiplyAdd(new Vector<float>(decay), p, new Vector<float>(gradients[i..]) * scale);
            Vector<float> u = Vector.FusedMultiplyAdd(new Vector<float>(momentum), new Vector<float>(momenta[i..]), g);
            u.CopyTo(momenta[i..]);
            if (_settings.Nesterov) u = Vector.FusedMultiplyAdd(new Vector<float>(momentum), u, g);
            Vector.FusedMultiplyAdd(new Vector<float>(rate), u, p).CopyTo(values[i..]);
        }

        for (; i < values.Length; i++)
        {
            float g = MathF.FusedMultiplyAdd(decay, values[i], gradients[i] * scale);
            float u = MathF.FusedMultiplyAdd(momentum, momenta[i], g);
            momenta[i] = u;
            if (_settings.Nesterov) u = MathF.FusedMultiplyAdd(momentum, u, g);
            values[i] = MathF.FusedMultiplyAdd(rate, u, values[i]);
        }
    }

    public void Dispose()
    {
        foreach (OptimizerState state in _momentum) state.Values.Dispose();
    }
}
