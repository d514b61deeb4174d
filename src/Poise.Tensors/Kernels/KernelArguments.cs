using System.Runtime.InteropServices;

namespace Poise.Tensors.Kernels;

/// <summary>What machine code gets: eight bytes a field, at the offsets named below. It may write to the last two.</summary>
[StructLayout(LayoutKind.Sequential)]
unsafe struct KernelArguments
{
    public const int GroupAt = 0, CodesAt = 8, ScalesAt = 16, HalfScalesAt = 24, SumsAt = 32, TotalsAt = 40, AccumulatorsAt = 48, RowsAt = 56, BlocksAt = 64, UsedAt = 72;

    public byte* Group;
    public sbyte* Codes;
    public float* Scales, HalfScales;
    public int* Sums, Totals;

    /// <summary>Sixteen floats an activation row, zero at first.</summary>
    public float* Accumulators;

    /// <summary>Activation rows, at least 1.</summary>
    public long Rows;

    /// <summary>Blocks of 32 columns that are left, at least 1.</summary>
    public long Blocks;

    /// <summary>For formats with units of several blocks: how far in its unit a block is; 0 at first.</summary>
    public long Used;
}
