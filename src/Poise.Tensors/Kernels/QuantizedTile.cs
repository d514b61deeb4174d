namespace Poise.Tensors.Kernels;

/// <summary>
/// Up to <see cref="MaxRows"/> activation rows in 8 bits, block by block: the right-hand side of the integer kernels.
/// Index of row t in block b: b * Rows + t.
/// </summary>
unsafe struct QuantizedTile
{
    public const int MaxRows = 32;

    /// <summary>Elements that share one activation scale.</summary>
    public const int BlockSize = 32;

    public int Rows;

    /// <summary>32 signed codes.</summary>
    public sbyte* Codes;

    /// <summary>The same codes as 16-bit pairs, one dword each: eight pairs (4g, 4g+2), then eight (4g+1, 4g+3).</summary>
    public int* Pairs;

    /// <summary>max|x| / 127.</summary>
    public float* Scales;

    /// <summary>Half of each scale: what meets MXFP4's doubled numbers.</summary>
    public float* HalfScales;

    /// <summary>Sums of codes 0..15 and 16..31.</summary>
    public int* Sums;

    /// <summary>Sums of all 32 codes.</summary>
    public int* Totals;

    /// <summary>-12 times the sum of the codes that meet each 16-bit half of a lane: where the MXFP4 sum starts (mod 2^16).</summary>
    public int* MxStart;
}
