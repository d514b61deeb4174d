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

    /// <summary>The table of <see cref="LowCodes"/> and <see cref="HighCodes"/>, to be held in a register.</summary>
    static abstract TSelf Table(Vector128<byte> codes);

    /// <summary>The table's entry for the low nibble of every byte.</summary>
    static abstract TSelf LowCodes(TSelf table, TSelf nibbles);

    /// <summary>The same of the high nibbles.</summary>
    static abstract TSelf HighCodes(TSelf table, TSelf nibbles);

    /// <summary>sum + u8 * s8 + u8 * s8 per 16-bit half, with the same four signed bytes at <paramref name="signed"/> for every lane. Wraps.</summary>
    static abstract TSelf AddByteProducts(TSelf sum, TSelf unsigned, int* signed);

    /// <summary>
    /// The first and the second four of eight codes of 6 bits: <paramref name="nibbles"/> has their lower bits in its low and high
    /// nibbles, <paramref name="upper"/> the upper two in bits 0..3 of every byte or, for <paramref name="high"/>, in bits 4..7.
    /// </summary>
    static abstract (TSelf First, TSelf Second) SixBits(TSelf nibbles, TSelf upper, bool high);

    /// <summary>u8 * s8 + u8 * s8 per 16-bit half. Saturates.</summary>
    static abstract TSelf ByteProducts(TSelf unsigned, int* signed);

    /// <summary>sum + s16 * s16 + s16 * s16 per lane.</summary>
    static abstract TSelf AddProducts(TSelf sum, TSelf left, TSelf right);

    /// <summary>sum + s16 * s16 + s16 * s16 per lane, with the same two numbers at <paramref name="pair"/> for every lane.</summary>
    static abstract TSelf AddShortProducts(TSelf sum, TSelf shorts, int* pair);

    /// <summary>Per 32-bit lane: s16 * s16 + s16 * s16.</summary>
    static abstract TSelf MultiplyAddShorts(TSelf left, TSelf right);

    /// <summary>Bytes 0 and 2 of each lane as 16-bit numbers.</summary>
    static abstract TSelf EvenBytes(TSelf value);

    /// <summary>Bytes 1 and 3 of each lane as 16-bit numbers.</summary>
    static abstract TSelf OddBytes(TSelf value);

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
