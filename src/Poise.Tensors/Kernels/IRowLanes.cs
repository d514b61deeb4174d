namespace Poise.Tensors.Kernels;

/// <summary>
/// One register whose 32-bit lanes are matrix rows: 16, 8 or 4 of them. The integer kernels are written once over this
/// interface; a lane holds four 8-bit codes, two 16-bit numbers, one 32-bit sum or one float of its row. Because lanes are
/// rows, no sum ever crosses lanes, and every width gives the same bits.
/// </summary>
unsafe interface IRowLanes<TSelf> where TSelf : struct, IRowLanes<TSelf>
{
    /// <summary>Rows per register.</summary>
    static abstract int Rows { get; }

    static abstract bool IsSupported { get; }

    static abstract TSelf Load(byte* source);
    static abstract void Store(TSelf value, byte* destination);
    static abstract TSelf Broadcast(int value);

    /// <summary>Low and high nibbles of every byte, each turned into the MXFP4 value times two plus 12 (0..24).</summary>
    static abstract (TSelf Low, TSelf High) MxCodes(TSelf nibbles);

    /// <summary>Per 16-bit half: u8 * s8 + u8 * s8. Exact while the sum fits in 16 bits.</summary>
    static abstract TSelf MultiplyAddBytes(TSelf unsigned, TSelf signed);

    /// <summary>Per 32-bit lane: s16 * s16 + s16 * s16.</summary>
    static abstract TSelf MultiplyAddShorts(TSelf left, TSelf right);

    /// <summary>Bytes 0 and 2 of each lane as 16-bit numbers.</summary>
    static abstract TSelf EvenBytes(TSelf value);

    /// <summary>Bytes 1 and 3 of each lane as 16-bit numbers.</summary>
    static abstract TSelf OddBytes(TSelf value);

    static abstract TSelf AddShorts(TSelf left, TSelf right);
    static abstract TSelf AddInts(TSelf left, TSelf right);
    static abstract TSelf IntsToFloats(TSelf value);
    static abstract TSelf BroadcastFloat(float value);
    static abstract TSelf Multiply(TSelf left, TSelf right);
    static abstract TSelf FusedMultiplyAdd(TSelf left, TSelf right, TSelf addend);

    /// <summary>2^(e-127) for one E8M0 byte per row; 0 is the subnormal 2^-127.</summary>
    static abstract TSelf LoadE8M0(byte* source);

    /// <summary>F16 bit patterns, one per row, widened exactly.</summary>
    static abstract TSelf LoadHalf(ushort* source);
}
