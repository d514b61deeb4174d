namespace Poise.Core.Training.Optimizers;

/// <summary>What trained values are kept in between steps. An optimiser's state is F32 in either case.</summary>
public enum MasterPrecision
{
    F32,

    /// <summary>Rounded to the nearest BF16, ties to even, after each step. Steps below a 256th of a value's size are lost.</summary>
    BF16,
}
