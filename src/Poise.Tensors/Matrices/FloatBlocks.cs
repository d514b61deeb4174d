using Poise.Tensors.Kernels;

namespace Poise.Tensors.Matrices;

/// <summary>
/// How columns are cut into blocks for <see cref="FloatTile"/>, all of one length but the last: four panels of one side and
/// two of the other stay in the first cache. Panels lie [block][four rows][step].
/// </summary>
readonly struct FloatBlocks
{
    // 512 columns: 32 kB of four panels. 256 and 768 were some 5 % slower, 1024 10 %, 384 alike; sums of one block need not be stored.
    const int MostSteps = 32;

    readonly int _columns;

    public FloatBlocks(int columns)
    {
        _columns = columns;
        int steps = (columns + 15) / 16;
        Count = (steps + MostSteps - 1) / MostSteps;
        // An even number: a block begins where 32 columns of a row do. Since MostSteps is even, no block is left empty.
        int each = ((steps + Count - 1) / Count + 1) & ~1;
        Columns = each * 16;
        PanelFloats = each * FloatTile.StepFloats;
    }

    public int Count { get; }

    /// <summary>Columns of a block, a multiple of 32.</summary>
    public int Columns { get; }

    /// <summary>Floats that one block of a panel takes.</summary>
    public int PanelFloats { get; }

    /// <summary>Columns that block <paramref name="block"/> really has.</summary>
    public int ColumnsOf(int block) => Math.Min(Columns, _columns - block * Columns);

    /// <summary>Bytes of the panels of so many times four rows.</summary>
    public long Bytes(int panels) => (long)Count * panels * PanelFloats * sizeof(float);
}
