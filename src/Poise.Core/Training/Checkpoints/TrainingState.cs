using Poise.Core.Training.Optimizers;

namespace Poise.Core.Training.Checkpoints;

/// <summary>What a checkpoint saves and puts back.</summary>
public sealed class TrainingState(IOptimizer optimizer, TrainingProgress progress)
{
    public IReadOnlyList<Parameter> Parameters => Optimizer.Parameters;

    public IOptimizer Optimizer { get; } = optimizer;

    public TrainingProgress Progress { get; set; } = progress;

    /// <summary>Of a checkpoint on the disk, about.</summary>
    internal long Bytes => sizeof(float) * (Parameters.Sum(p => p.Elements) + Optimizer.State.Sum(s => s.Parameter.Elements)) + (1 << 20);
}
