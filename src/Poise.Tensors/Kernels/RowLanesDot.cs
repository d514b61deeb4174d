using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;

namespace Poise.Tensors.Kernels;

/// <summary>
/// Four rows in a 128-bit register, whose codes are signed bytes: arm64, where one instruction adds the products of four columns to
/// 32-bit lanes. Products are exact in either form, so the bits are those of the other widths.
/// </summary>
readonly unsafe struct RowLanesDot(Vector128<byte> value) : IRowLanes<RowLanesDot>
{
    readonly Vector128<byte> _value = value;

    public static int Rows => 4;

    /// <summary>It runs everywhere, so that its kernels can be tested everywhere.</summary>
    public static bool IsSupported => true;

    /// <summary>Whether this is the fastest way.</summary>
    public static bool IsAccelerated => AdvSimd.Arm64.IsSupported;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static RowLanesDot Load(byte* source) => new(Vector128.Load(source));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(RowLanesDot value, byte* destination) => value._value.Store(destination);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static RowLanesDot Broadcast(int value) => new(Vector128.Create(value).AsByte());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static RowLanesDot Table(Vector128<byte> codes) => new(codes - Vector128.Create((byte)MxTable.Offset));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static RowLanesDot LowCodes(RowLanesDot table, RowLanesDot nibbles) => new(Vector128.ShuffleNative(table._value, nibbles._value & Vector128.Create((byte)15)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static RowLanesDot HighCodes(RowLanesDot table, RowLanesDot nibbles) => new(Vector128.ShuffleNative(table._value, nibbles._value >> 4));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static RowLanesDot StartSum(int start) => default;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static RowLanesDot AddEntries(RowLanesDot sum, RowLanesDot first, RowLanesDot second, int* x, int at) => AddEight(sum, first, second, x, at);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static RowLanesDot FinishSum(RowLanesDot sum, RowLanesDot ones) => sum;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static (RowLanesDot First, RowLanesDot Second) SixBits(RowLanesDot nibbles, RowLanesDot upper, bool high)
    {
        (Vector128<byte> first, Vector128<byte> second) = FourRows.SixBits(nibbles._value, upper._value, high);
        return (new(first), new(second));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static RowLanesDot AddSixBits(RowLanesDot sum, RowLanesDot first, RowLanesDot second, int* x, int at, RowLanesDot ones) => AddEight(sum, first, second, x, at);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int* Activations(in QuantizedTile tile) => (int*)tile.Codes;

    public static int ActivationStep => 8;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static RowLanesDot EvenCodes(RowLanesDot codes) => new(codes._value ^ Vector128.Create((byte)0x80));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static RowLanesDot OddCodes(RowLanesDot codes) => default;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static RowLanesDot StartCodes(int total) => default;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static RowLanesDot AddCodes(RowLanesDot sum, RowLanesDot even0, RowLanesDot odd0, RowLanesDot even1, RowLanesDot odd1, int* x, int at) =>
        AddEight(sum, even0, even1, x, at);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static RowLanesDot IntsToFloats(RowLanesDot value) => new(Vector128.ConvertToSingle(value._value.AsInt32()).AsByte());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static RowLanesDot BroadcastFloat(float value) => new(Vector128.Create(value).AsByte());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static RowLanesDot Multiply(RowLanesDot left, RowLanesDot right) => new((left._value.AsSingle() * right._value.AsSingle()).AsByte());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static RowLanesDot FusedMultiplyAdd(RowLanesDot left, RowLanesDot right, RowLanesDot addend) =>
        new(Vector128.FusedMultiplyAdd(left._value.AsSingle(), right._value.AsSingle(), addend._value.AsSingle()).AsByte());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static RowLanesDot LoadE8M0(byte* source) => new(FourRows.LoadE8M0(source));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static RowLanesDot LoadHalf(ushort* source) => new(FourRows.LoadHalf(source));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static RowLanesDot LoadBytes(byte* source) => new(FourRows.LoadBytes(source));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static RowLanesDot LoadSignedBytes(sbyte* source) => new(FourRows.LoadSignedBytes(source));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static RowLanesDot AddEight(RowLanesDot sum, RowLanesDot first, RowLanesDot second, int* x, int at)
    {
        Vector128<int> s = sum._value.AsInt32();
        Vector128<sbyte> l = first._value.AsSByte(), r = second._value.AsSByte();
        if (Dp.IsSupported)
        {
            // Both dwords in one load, each picked out by the instruction itself.
            Vector64<sbyte> eight = Vector64.Load((sbyte*)(x + at));
            return new(Dp.DotProductBySelectedQuadruplet(Dp.DotProductBySelectedQuadruplet(s, l, eight, 0), r, eight, 1).AsByte());
        }

        return new(Dot(Dot(s, l, Vector128.Create(x[at]).AsSByte()), r, Vector128.Create(x[at + 1]).AsSByte()).AsByte());
    }

    // What the instruction does, where it is missing: on the first 64-bit Arm processors, and elsewhere for tests.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector128<int> Dot(Vector128<int> sum, Vector128<sbyte> codes, Vector128<sbyte> x)
    {
        if (AdvSimd.Arm64.IsSupported)
        {
            // Activations reach from -127 to 127, so the sum of two products fits in 16 bits.
            Vector128<short> low = AdvSimd.MultiplyWideningLower(codes.GetLower(), x.GetLower()), high = AdvSimd.MultiplyWideningUpper(codes, x);
            return AdvSimd.AddPairwiseWideningAndAdd(sum, AdvSimd.Arm64.AddPairwise(low, high));
        }

        Vector128<short> even = ((codes.AsInt16() << 8) >> 8) * ((x.AsInt16() << 8) >> 8), odd = (codes.AsInt16() >> 8) * (x.AsInt16() >> 8);
        return sum + ((even.AsInt32() << 16) >> 16) + (even.AsInt32() >> 16) + ((odd.AsInt32() << 16) >> 16) + (odd.AsInt32() >> 16);
    }
}
