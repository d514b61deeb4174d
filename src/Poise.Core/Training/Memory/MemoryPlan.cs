using Poise.Core.Training.Optimizers;

namespace Poise.Core.Training.Memory;

/// <summary>What a run needs memory for.</summary>
/// <param name="TrainedElements">Of all parameters.</param>
/// <param name="FrozenBytes">Weights that do not learn, as they lie in memory.</param>
/// <param name="Rows">Tokens that are computed together: rows of a batch times their length.</param>
/// <param name="AdapterRanks">Per layer, the sum of the ranks of its adapted matrices; 0 without adapters.</param>
/// <param name="AdapterOutputs">Per layer, the sum of the output widths of its adapted matrices.</param>
/// <param name="TargetRows">Rows that have a target, whose logits are computed.</param>
/// <param name="BaselineBytes">Of the process before anything of the run is loaded.</param>
/// <param name="Full">Whether the weights of the base learn.</param>
public sealed record MemoryPlan(ModelShape Shape, long TrainedElements, long FrozenBytes, OptimizerSettings Optimizer, int Rows, bool Recompute,
    int AdapterRanks, int AdapterOutputs, int TargetRows, long BaselineBytes, bool Full = false);
