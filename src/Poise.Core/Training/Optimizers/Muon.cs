using System.Numerics;
using Poise.Tensors;
using Poise.Tensors.Threading;

namespace Poise.Core.Training.Optimizers;

/// <summary>
/// Momentum whose steps are orthogonal matrices (Jordan et al., "Muon: an optimizer for hidden layers in neural networks", 2024), for
/// matrices between layers; tables of tokens and whatever is no matrix go by <see cref="AdamW"/>, at the same rate or a part of it (<see cref="OptimizerSettings.TableRate"/>): the step of a matrix has the size that one
/// of Adam usually has (Liu et al., "Muon is scalable for LLM training", 2025). For each matrix [r, c], with g the scaled gradient:
/// <code>
/// g = scale * gradient
/// u = fma(momentum, u, g)           u is 0 before the first step
/// x = fma(momentum, u, g)           Nesterov's look ahead
/// x = orthogonal matrix near x      Orthogonalization
/// p = fma(-lr*wd, p, p)             where the parameter decays
/// p = fma(-lr * 0.2 * sqrt(max(r, c)), x, p)
/// </code>
/// A stack of matrices [n, r, c] is n matrices.
/// </summary>
public sealed class Muon : IOptimizer
{
    const double UsualSizeOfAdam = 0.2;

    static readonly string[] s_tables = ["embed", "lm_head", "wte", "wpe"];

    readonly OptimizerSettings _settings;
    readonly AdamW _others;
    readonly OptimizerState[] _momentum;
    readonly (FloatRows Value, FloatRows Gradient, FloatRows Momentum)[] _matrices;
    /// <summary>One for each thread.</summary>
    readonly List<Orthogonalization> _orthogonalizations = [];

    public Muon(OptimizerSettings settings, IReadOnlyList<Parameter> parameters)
    {
        _settings = settings;
        Parameters = [.. parameters];
        _others = new AdamW(settings, [.. parameters.Where(p => !IsHiddenMatrix(p))]);
        _momentum = OptimizerState.For("momentum", [.. parameters.Where(IsHiddenMatrix)]);
        _matrices = [.. _momentum.SelectMany(MatricesOf)];
        State = [.. _momentum, .. _others.State];
    }

    public string Kind => "muon";

    public IReadOnlyList<Parameter> Parameters { get; }

    public IReadOnlyList<OptimizerState> State { get; }

    public long Steps => _others.Steps;

    /// <summary>Whether a parameter is a matrix, or a stack of them, between layers.</summary>
    public static bool IsHiddenMatrix(Parameter parameter) =>
        parameter.Shape.Count >= 2 && parameter.Shape[^1] > 1 && parameter.Shape[^2] > 1 && WeightDecay.Applies(parameter.Name)
        && !s_tables.Any(word => parameter.Name.Contains(word, StringComparison.OrdinalIgnoreCase));

    public void Step(ComputePool pool, double learningRate, float gradientScale)
    {
        _others.Step(pool, learningRate * _settings.TableRate, gradientScale);
        while (_orthogonalizations.Count < pool.Threads) _orthogonalizations.Add(new Orthogonalization());
        pool.For(_matrices.Length, 1, (start, end, worker) =>
        {
            for (int i = start; i < end; i++) StepMatrix(i, learningRate, gradientScale, _orthogonalizations[worker]);
        });
    }

    public void Resume(long steps) => _others.Resume(steps);

    void StepMatrix(int index, double learningRate, float gradientScale, Orthogonalization orthogonalization)
    {
        (FloatRows value, FloatRows gradient, FloatRows momentum) = _matrices[index];
        FloatRows x = orthogonalization.Room(value.Rows, value.Columns);
        Look((float)_settings.Momentum, gradient.All, gradientScale, momentum.All, x.All);
        orthogonalization.Run(x);
        double size = UsualSizeOfAdam * Math.Sqrt(Math.Max(value.Rows, value.Columns));
        Move(value.All, x.All, (float)(-learningRate * _settings.WeightDecay), (float)(-learningRate * size));
        MasterRounding.Apply(_settings.Master, value.All);
    }

    static void Look(float momentum, ReadOnlySpan<float> gradients, float scale, Span<float> momenta, Span<float> x)
    {
        int i = 0;
        for (; i <= x.Length - Vector<float>.Count; i += Vector<float>.Count)
        {
            Vector<float> g = new Vector<float>(gradients[i..]) * scale;
            Vector<float> u = Vector.FusedMultiplyAdd(new Vector<float>(momentum), new Vector<float>(momenta[i..]), g);
            u.CopyTo(momenta[i..]);
            Vector.FusedMultiplyAdd(new Vector<float>(momentum), u, g).CopyTo(x[i..]);
        }

        for (; i < x.Length; i++)
        {
            float g = gradients[i] * scale;
            momenta[i] = MathF.FusedMultiplyAdd(momentum, momenta[i], g);
            x[i] = MathF.FusedMultiplyAdd(momentum, momenta[i], g);
        }
    }

    static void Move(Span<float> values, ReadOnlySpan<float> x, float decay, float rate)
    {
        int i = 0;
        for (; i <= x.Length - Vector<float>.Count; i += Vector<float>.Count)
        {
            Vector<float> p = new(values[i..]);
            p = Vector.FusedMultiplyAdd(new Vector<float>(decay), p, p);
            Vector.FusedMultiplyAdd(new Vector<float>(rate), new Vector<float>(x[i..]), p).CopyTo(values[i..]);
        }

        for (; i < x.Length; i++)
        {
            float p = MathF.FusedMultiplyAdd(decay, values[i], values[i]);
            values[i] = MathF.FusedMultiplyAdd(rate, x[i], p);
        }
    }

    static IEnumerable<(FloatRows Value, FloatRows Gradient, FloatRows Momentum)> MatricesOf(OptimizerState state)
    {
        Parameter parameter = state.Parameter;
        int rows = checked((int)parameter.Shape[^2]), columns = checked((int)parameter.Shape[^1]);
        FloatRows value = parameter.Value.Reshape(columns), gradient = parameter.Gradient.Reshape(columns), momentum = state.Values.Reshape(columns);
        for (int first = 0; first < value.Rows; first += rows)
            yield return (value.Slice(first, rows), gradient.Slice(first, rows), momentum.Slice(first, rows));
    }

    public void Dispose()
    {
        _others.Dispose();
        foreach (OptimizerState state in _momentum) state.Values.Dispose();
        foreach (Orthogonalization orthogonalization in _orthogonalizations) orthogonalization.Dispose();
    }
}
