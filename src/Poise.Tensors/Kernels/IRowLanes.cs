using System.Runtime.Intrinsics;

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

    /// <summary>
    /// The table of <see cref="LowCodes"/> and <see cref="HighCodes"/>, to be held in a register, from entries that are
    /// <see cref="MxTable.Offset"/> more than the numbers they stand for. Where codes are multiplied as unsigned bytes it keeps them so.
    /// </summary>
    static abstract TSelf Table(Vector128<byte> codes);

    /// <summary>The table's entry for the low nibble of every byte.</summary>
    static abstract TSelf LowCodes(TSelf table, TSelf nibbles);

    /// <summary>The same of the high nibbles.</summary>
    static abstract TSelf HighCodes(TSelf table, TSelf nibbles);

    /// <summary>Where a sum over entries of the table starts, from <see cref="QuantizedTile.MxStart"/>.</summary>
    static abstract TSelf StartSum(int start);

    /// <summary>
    /// sum + the products of eight columns' entries, four in <paramref name="first"/> and four in <paramref name="second"/>, with the
    /// same eight signed bytes at <paramref name="x"/> for every lane. Where it adds in 16-bit halves, it wraps.
    /// </summary>
    static abstract TSelf AddEntries(TSelf sum, TSelf first, TSelf second, int* x, int at);

    /// <summary>Such a sum as one number per lane. <paramref name="ones"/>: a 1 in each 16-bit half.</summary>
    static abstract TSelf FinishSum(TSelf sum, TSelf ones);

    /// <summary>
    /// The first and the second four of eight codes of 6 bits: <paramref name="nibbles"/> has their lower bits in its low and high
    /// nibbles, <paramref name="upper"/> the upper two in bits 0..3 of every byte or, for <paramref name="high"/>, in bits 4..7.
    /// </summary>
    static abstract (TSelf First, TSelf Second) SixBits(TSelf nibbles, TSelf upper, bool high);

    /// <summary>sum + the products of eight codes of 6 bits with eight signed bytes, as one number per lane.</summary>
    static abstract TSelf AddSixBits(TSelf sum, TSelf first, TSelf second, int* x, int at, TSelf ones);

    /// <summary>The tile's activations as <see cref="AddCodes"/> wants them.</summary>
    static abstract int* Activations(in QuantizedTile tile);

    /// <summary>Dwords of them for 32 columns of a row.</summary>
    static abstract int ActivationStep { get; }

    /// <summary>
    /// One of two registers that <see cref="AddCodes"/> wants for codes that are 128 more than the numbers they stand for: bytes 0 and
    /// 2 of each lane as 16-bit numbers, or, where signed bytes can be multiplied exactly, all four of them.
    /// </summary>
    static abstract TSelf EvenCodes(TSelf codes);

    /// <summary>The other one: bytes 1 and 3, or nothing.</summary>
    static abstract TSelf OddCodes(TSelf codes);

    /// <summary>Where a sum over such codes starts, from the sum of the activations that they meet.</summary>
    static abstract TSelf StartCodes(int total);

    /// <summary>
    /// sum + the products of eight columns' codes, the even and the odd ones of two registers, with the activations at
    /// <paramref name="x"/>, the same for every lane.
    /// </summary>
    static abstract TSelf AddCodes(TSelf sum, TSelf even0, TSelf odd0, TSelf even1, TSelf odd1, int* x, int at);

    static abstract TSelf IntsToFloats(TSelf value);
    static abstract TSelf BroadcastFloat(float value);
    static abstract TSelf Multiply(TSelf left, TSelf right);
    static abstract TSelf FusedMultiplyAdd(TSelf left, TSelf right, TSelf addend);

    /// <summary>2^(e-127) for one E8M0 byte per row; 0 is the subnormal 2^-127.</summary>
    static abstract TSelf LoadE8M0(byte* source);

    /// <summary>F16 bit patterns, one per row, widened exactly.</summary>
    static abstract TSelf LoadHalf(ushort* source);

    /// <summary>One unsigned byte per row.</summary>
    static abstract TSelf LoadBytes(byte* source);

    /// <summary>One signed byte per row.</summary>
    static abstract TSelf LoadSignedBytes(sbyte* source);
}
