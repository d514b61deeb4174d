using Poise.Tensors.Threading;

namespace Poise.Core.Training.Optimizers;

/// <summary>
/// Changes parameters by their gradients. Each element is computed by itself, so neither threads nor vector width change a
/// bit; each file of an optimiser says in which order it rounds.
/// </summary>
public interface IOptimizer : IDisposable
{
    /// <summary>Its name in recipes and checkpoints.</summary>
    string Kind { get; }

    IReadOnlyList<Parameter> Parameters { get; }

    /// <summary>Steps taken.</summary>
    long Steps { get; }

    /// <summary>What it remembers between steps, in a fixed order; a checkpoint holds all of it.</summary>
    IReadOnlyList<OptimizerState> State { get; }

    /// <summary>One step. Gradients stay as they are; the caller clears them.</summary>
    /// <param name="learningRate">Of this step, after the schedule.</param>
    /// <param name="gradientScale">Each gradient is multiplied by it first: the factor of clipping, or 1.</param>
    void Step(ComputePool pool, double learningRate, float gradientScale);

    /// <summary>Goes on after this number of steps; the values of <see cref="State"/> have been put back.</summary>
    void Resume(long steps);
}
