using Poise.Tensors;

namespace Poise.Core.Training.Watching;

/// <summary>A run stops because its loss has gone wrong.</summary>
sealed class LossException(LossVerdict verdict) : PoiseException(verdict.Message)
{
    public LossTrouble Trouble { get; } = verdict.Trouble;
}
