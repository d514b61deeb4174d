namespace Poise.Core.Training.Recipes;

/// <summary>How long a run is, how it is cut into steps, and what it writes on the way.</summary>
/// <param name="BatchSize">Rows that are computed together.</param>
/// <param name="Accumulation">Batches to a step.</param>
/// <param name="Epochs">Times through the data; 0 where <paramref name="Steps"/> says it.</param>
/// <param name="Steps">Or 0.</param>
/// <param name="Recompute">Keeps the input of each layer only and computes the rest again on the way back.</param>
/// <param name="EvaluateEvery">Steps between evaluations; 0 for the end alone.</param>
/// <param name="CheckpointEvery">Steps; the last is always saved.</param>
/// <param name="KeepCheckpoints">How many stay on the disk.</param>
/// <param name="DigestEvery">Steps between digests of the weights in the transcript.</param>
/// <param name="SampleEvery">Steps between answers to <paramref name="SamplePrompts"/>; 0 where there are none.</param>
public sealed record RecipeRun(
    int BatchSize, int Accumulation, double Epochs, long Steps, bool Recompute, int EvaluateEvery, int CheckpointEvery, int KeepCheckpoints, int DigestEvery,
    int SampleEvery, IReadOnlyList<string> SamplePrompts)
{
    /// <summary>Optimiser steps over this many rows (after packing). The last step of an epoch may be smaller, and is a step.</summary>
    public long TotalSteps(long rows)
    {
        if (Steps > 0) return Steps;
        long perEpoch = StepsPerEpoch(rows);
        return Math.Max(1, (long)Math.Ceiling(perEpoch * Epochs));
    }

    public long StepsPerEpoch(long rows)
    {
        long perStep = (long)BatchSize * Accumulation;
        return Math.Max(1, (rows + perStep - 1) / perStep);
    }
}
