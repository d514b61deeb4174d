using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Poise.Tensors.Kernels;

/// <summary>Four rows in a 128-bit register, products in 16-bit halves: SSE on x64, plain software where the runtime has no vectors.</summary>
readonly unsafe struct RowLanes128(Vector128<byte> value) : IRowLanes<RowLanes128>
{
    readonly Vector128<byte> _value = value;

    public static int Rows => 4;

    public static bool IsSupported => true;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static RowLanes128 Load(byte* source) => new(Vector128.Load(source));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(RowLanes128 value, byte* destination) => value._value.Store(destination);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static RowLanes128 Broadcast(int value) => new(Vector128.Create(value).AsByte());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static RowLanes128 Table(Vector128<byte> codes) => new(codes);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static RowLanes128 LowCodes(RowLanes128 table, RowLanes128 nibbles) => new(Vector128.ShuffleNative(table._value, nibbles._value & Vector128.Create((byte)15)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static RowLanes128 HighCodes(RowLanes128 table, RowLanes128 nibbles) =>
        new(Vector128.ShuffleNative(table._value, (nibbles._value.AsUInt16() >> 4).AsByte() & Vector128.Create((byte)15)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static RowLanes128 StartSum(int start) => Broadcast(start);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static RowLanes128 AddEntries(RowLanes128 sum, RowLanes128 first, RowLanes128 second, int* x, int at)
    {
        Vector128<short> half = sum._value.AsInt16() + Bytes(first._value, Vector128.Create(x[at]).AsSByte());
        return new((half + Bytes(second._value, Vector128.Create(x[at + 1]).AsSByte())).AsByte());
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static RowLanes128 FinishSum(RowLanes128 sum, RowLanes128 ones) => new(Shorts(sum._value.AsInt16(), ones._value.AsInt16()).AsByte());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static (RowLanes128 First, RowLanes128 Second) SixBits(RowLanes128 nibbles, RowLanes128 upper, bool high)
    {
        (Vector128<byte> first, Vector128<byte> second) = FourRows.SixBits(nibbles._value, upper._value, high);
        return (new(first), new(second));
    }

    // Two products of four, 4 * 63 * 127, fit in 16 bits; four do not.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static RowLanes128 AddSixBits(RowLanes128 sum, RowLanes128 first, RowLanes128 second, int* x, int at, RowLanes128 ones)
    {
        Vector128<short> half = Bytes(first._value, Vector128.Create(x[at]).AsSByte()) + Bytes(second._value, Vector128.Create(x[at + 1]).AsSByte());
        return new((sum._value.AsInt32() + Shorts(half, ones._value.AsInt16())).AsByte());
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int* Activations(in QuantizedTile tile) => tile.Pairs;

    public static int ActivationStep => 16;

    // u8 * s8 would saturate in 16 bits, so even and odd bytes are widened and multiplied apart.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static RowLanes128 EvenCodes(RowLanes128 codes) => new(codes._value & Vector128.Create((ushort)0x00ff).AsByte());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static RowLanes128 OddCodes(RowLanes128 codes) => new((codes._value.AsUInt16() >> 8).AsByte());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static RowLanes128 StartCodes(int total) => Broadcast(-128 * total);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static RowLanes128 AddCodes(RowLanes128 sum, RowLanes128 even0, RowLanes128 odd0, RowLanes128 even1, RowLanes128 odd1, int* x, int at) =>
        AddShorts(AddShorts(AddShorts(AddShorts(sum, even0, x[at]), odd0, x[at + 8]), even1, x[at + 1]), odd1, x[at + 9]);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static RowLanes128 AddShorts(RowLanes128 sum, RowLanes128 shorts, int pair) =>
        new((sum._value.AsInt32() + Shorts(shorts._value.AsInt16(), Vector128.Create(pair).AsInt16())).AsByte());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static RowLanes128 IntsToFloats(RowLanes128 value) => new(Vector128.ConvertToSingle(value._value.AsInt32()).AsByte());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static RowLanes128 BroadcastFloat(float value) => new(Vector128.Create(value).AsByte());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static RowLanes128 Multiply(RowLanes128 left, RowLanes128 right) => new((left._value.AsSingle() * right._value.AsSingle()).AsByte());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static RowLanes128 FusedMultiplyAdd(RowLanes128 left, RowLanes128 right, RowLanes128 addend) =>
        new(Vector128.FusedMultiplyAdd(left._value.AsSingle(), right._value.AsSingle(), addend._value.AsSingle()).AsByte());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static RowLanes128 LoadE8M0(byte* source) => new(FourRows.LoadE8M0(source));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static RowLanes128 LoadHalf(ushort* source) => new(FourRows.LoadHalf(source));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static RowLanes128 LoadBytes(byte* source) => new(FourRows.LoadBytes(source));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static RowLanes128 LoadSignedBytes(sbyte* source) => new(FourRows.LoadSignedBytes(source));

    // Spelled out where the CPU has no such instruction (hardware intrinsics switched off).
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector128<short> Bytes(Vector128<byte> unsigned, Vector128<sbyte> signed)
    {
        if (Ssse3.IsSupported) return Ssse3.MultiplyAddAdjacent(unsigned, signed);
        Vector128<short> even = (unsigned.AsUInt16() & Vector128.Create((ushort)0xff)).AsInt16() * ((signed.AsInt16() << 8) >> 8);
        return even + ((unsigned.AsUInt16() >> 8).AsInt16() * (signed.AsInt16() >> 8));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector128<int> Shorts(Vector128<short> left, Vector128<short> right)
    {
        if (Sse2.IsSupported) return Sse2.MultiplyAddAdjacent(left, right);
        Vector128<int> l = left.AsInt32(), r = right.AsInt32();
        return (((l << 16) >> 16) * ((r << 16) >> 16)) + ((l >> 16) * (r >> 16));
    }
}
