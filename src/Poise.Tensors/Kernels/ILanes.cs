namespace Poise.Tensors.Kernels;

/// <summary>
/// Sixteen logical F32 lanes, whatever the vector width: the unit in which every float kernel is written, once.
/// 512-, 256- and 128-bit code map the same sixteen lanes, so that every width gives the same bits.
/// All operations are IEEE single; <see cref="FusedMultiplyAdd"/> rounds once.
/// </summary>
unsafe interface ILanes<TSelf> where TSelf : struct, ILanes<TSelf>
{
    /// <summary>Lanes per value.</summary>
    const int Count = 16;

    static abstract bool IsSupported { get; }

    static abstract TSelf Broadcast(float value);
    static abstract TSelf Load(float* source);
    static abstract void Store(TSelf value, float* destination);

    /// <summary>Widens sixteen BF16 bit patterns.</summary>
    static abstract TSelf LoadBFloat16(ushort* source);

    /// <summary>Widens sixteen F16 bit patterns: finite values and subnormals exactly; infinities and NaN are kept.</summary>
    static abstract TSelf LoadHalf(ushort* source);

    static abstract TSelf operator +(TSelf left, TSelf right);
    static abstract TSelf operator -(TSelf left, TSelf right);
    static abstract TSelf operator *(TSelf left, TSelf right);
    static abstract TSelf operator /(TSelf left, TSelf right);

    /// <summary>left * right + addend, rounded once.</summary>
    static abstract TSelf FusedMultiplyAdd(TSelf left, TSelf right, TSelf addend);

    static abstract TSelf Max(TSelf left, TSelf right);
    static abstract TSelf Min(TSelf left, TSelf right);
    static abstract TSelf Abs(TSelf value);

    /// <summary>Zero in the lanes where left is greater than right, value in the others.</summary>
    static abstract TSelf Unless(TSelf left, TSelf right, TSelf value);

    /// <summary>2^n for lanes that hold whole numbers from -126 to 127.</summary>
    static abstract TSelf PowerOfTwo(TSelf n);

    /// <summary>Sum by the fixed tree: lane i + lane i+8, then 4, 2, 1.</summary>
    static abstract float Sum(TSelf value);

    /// <summary>Largest lane by the same tree.</summary>
    static abstract float Largest(TSelf value);

    /// <summary>Stores lanes that hold whole numbers in -128..127 as signed bytes.</summary>
    static abstract void StoreInt8(TSelf value, sbyte* destination);
}
