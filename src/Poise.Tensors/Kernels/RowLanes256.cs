using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Poise.Tensors.Kernels;

/// <summary>Eight rows in a 256-bit register (AVX2 with FMA).</summary>
readonly unsafe struct RowLanes256(Vector256<byte> value) : IRowLanes<RowLanes256>
{
    readonly Vector256<byte> _value = value;

    public static int Rows => 8;

    public static bool IsSupported => Avx2.IsSupported && Fma.IsSupported;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static RowLanes256 Load(byte* source) => new(Vector256.Load(source));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(RowLanes256 value, byte* destination) => value._value.Store(destination);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static RowLanes256 Broadcast(int value) => new(Vector256.Create(value).AsByte());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static RowLanes256 Table(Vector128<byte> codes) => new(Vector256.Create(codes, codes));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static RowLanes256 LowCodes(RowLanes256 table, RowLanes256 nibbles) => new(Avx2.Shuffle(table._value, nibbles._value & Vector256.Create((byte)15)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static RowLanes256 HighCodes(RowLanes256 table, RowLanes256 nibbles) =>
        new(Avx2.Shuffle(table._value, (nibbles._value.AsUInt16() >> 4).AsByte() & Vector256.Create((byte)15)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static RowLanes256 StartSum(int start) => Broadcast(start);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static RowLanes256 AddEntries(RowLanes256 sum, RowLanes256 first, RowLanes256 second, int* x, int at)
    {
        Vector256<short> half = sum._value.AsInt16() + Avx2.MultiplyAddAdjacent(first._value, Vector256.Create(x[at]).AsSByte());
        return new((half + Avx2.MultiplyAddAdjacent(second._value, Vector256.Create(x[at + 1]).AsSByte())).AsByte());
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static RowLanes256 FinishSum(RowLanes256 sum, RowLanes256 ones) => new(Avx2.MultiplyAddAdjacent(sum._value.AsInt16(), ones._value.AsInt16()).AsByte());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static (RowLanes256 First, RowLanes256 Second) SixBits(RowLanes256 nibbles, RowLanes256 upper, bool high)
    {
        Vector256<byte> four = Vector256.Create((byte)15), two = Vector256.Create((byte)0x30);
        Vector256<ushort> bits = upper._value.AsUInt16();
        Vector256<byte> first = (high ? bits : bits << 4).AsByte() & two, second = (high ? bits >> 2 : bits << 2).AsByte() & two;
        return (new((nibbles._value & four) | first), new(((nibbles._value.AsUInt16() >> 4).AsByte() & four) | second));
    }

    // Two products of four, 4 * 63 * 127, fit in 16 bits; four do not.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static RowLanes256 AddSixBits(RowLanes256 sum, RowLanes256 first, RowLanes256 second, int* x, int at, RowLanes256 ones)
    {
        Vector256<short> half = Avx2.MultiplyAddAdjacent(first._value, Vector256.Create(x[at]).AsSByte()) + Avx2.MultiplyAddAdjacent(second._value, Vector256.Create(x[at + 1]).AsSByte());
        return new((sum._value.AsInt32() + Avx2.MultiplyAddAdjacent(half, ones._value.AsInt16())).AsByte());
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int* Activations(in QuantizedTile tile) => tile.Pairs;

    public static int ActivationStep => 16;

    // u8 * s8 would saturate in 16 bits, so even and odd bytes are widened and multiplied apart.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static RowLanes256 EvenCodes(RowLanes256 codes) => new(codes._value & Vector256.Create((ushort)0x00ff).AsByte());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static RowLanes256 OddCodes(RowLanes256 codes) => new((codes._value.AsUInt16() >> 8).AsByte());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static RowLanes256 StartCodes(int total) => Broadcast(-128 * total);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static RowLanes256 AddCodes(RowLanes256 sum, RowLanes256 even0, RowLanes256 odd0, RowLanes256 even1, RowLanes256 odd1, int* x, int at) =>
        AddShorts(AddShorts(AddShorts(AddShorts(sum, even0, x[at]), odd0, x[at + 8]), even1, x[at + 1]), odd1, x[at + 9]);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static RowLanes256 AddShorts(RowLanes256 sum, RowLanes256 shorts, int pair) =>
        new((sum._value.AsInt32() + Avx2.MultiplyAddAdjacent(shorts._value.AsInt16(), Vector256.Create(pair).AsInt16())).AsByte());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static RowLanes256 IntsToFloats(RowLanes256 value) => new(Vector256.ConvertToSingle(value._value.AsInt32()).AsByte());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static RowLanes256 BroadcastFloat(float value) => new(Vector256.Create(value).AsByte());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static RowLanes256 Multiply(RowLanes256 left, RowLanes256 right) => new((left._value.AsSingle() * right._value.AsSingle()).AsByte());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static RowLanes256 FusedMultiplyAdd(RowLanes256 left, RowLanes256 right, RowLanes256 addend) =>
        new(Fma.MultiplyAdd(left._value.AsSingle(), right._value.AsSingle(), addend._value.AsSingle()).AsByte());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static RowLanes256 LoadE8M0(byte* source)
    {
        Vector256<int> e = Avx2.ConvertToVector256Int32(source);
        Vector256<int> bits = e << 23;
        return new(Vector256.ConditionalSelect(Vector256.Equals(e, Vector256<int>.Zero), Vector256.Create(0x00400000), bits).AsByte());
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static RowLanes256 LoadHalf(ushort* source)
    {
        Vector256<uint> h = Avx2.ConvertToVector256Int32(Vector128.Load(source)).AsUInt32();
        Vector256<uint> magnitude = h & Vector256.Create(0x7fffu);
        Vector256<float> finite = (magnitude << 13).AsSingle() * Vector256.Create(HalfBits.Scale);
        Vector256<float> special = ((magnitude << 13) | Vector256.Create(0x7f800000u)).AsSingle();
        Vector256<float> chosen = Vector256.ConditionalSelect(Vector256.GreaterThanOrEqual(magnitude, Vector256.Create(0x7c00u)).AsSingle(), special, finite);
        return new((chosen.AsUInt32() | ((h & Vector256.Create(0x8000u)) << 16)).AsByte());
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static RowLanes256 LoadBytes(byte* source) => new(Avx2.ConvertToVector256Int32(source).AsByte());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static RowLanes256 LoadSignedBytes(sbyte* source) => new(Avx2.ConvertToVector256Int32(source).AsByte());
}
