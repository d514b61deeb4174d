using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Poise.Tensors.Kernels;

/// <summary>Sixteen rows in a 512-bit register (AVX-512).</summary>
readonly unsafe struct RowLanes512(Vector512<byte> value) : IRowLanes<RowLanes512>
{
    readonly Vector512<byte> _value = value;

    public static int Rows => 16;

    public static bool IsSupported => Avx512BW.IsSupported;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static RowLanes512 Load(byte* source) => new(Vector512.Load(source));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(RowLanes512 value, byte* destination) => value._value.Store(destination);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static RowLanes512 Broadcast(int value) => new(Vector512.Create(value).AsByte());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static RowLanes512 Table(Vector128<byte> codes) => new(Vector512.Create(Vector256.Create(codes, codes), Vector256.Create(codes, codes)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static RowLanes512 LowCodes(RowLanes512 table, RowLanes512 nibbles) => new(Avx512BW.Shuffle(table._value, nibbles._value & Vector512.Create((byte)15)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static RowLanes512 HighCodes(RowLanes512 table, RowLanes512 nibbles) =>
        new(Avx512BW.Shuffle(table._value, (nibbles._value.AsUInt16() >> 4).AsByte() & Vector512.Create((byte)15)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static RowLanes512 StartSum(int start) => Broadcast(start);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static RowLanes512 AddEntries(RowLanes512 sum, RowLanes512 first, RowLanes512 second, int* x, int at)
    {
        Vector512<short> half = sum._value.AsInt16() + Avx512BW.MultiplyAddAdjacent(first._value, Vector512.Create(x[at]).AsSByte());
        return new((half + Avx512BW.MultiplyAddAdjacent(second._value, Vector512.Create(x[at + 1]).AsSByte())).AsByte());
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static RowLanes512 FinishSum(RowLanes512 sum, RowLanes512 ones) => new(Avx512BW.MultiplyAddAdjacent(sum._value.AsInt16(), ones._value.AsInt16()).AsByte());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static (RowLanes512 First, RowLanes512 Second) SixBits(RowLanes512 nibbles, RowLanes512 upper, bool high)
    {
        Vector512<byte> four = Vector512.Create((byte)15), two = Vector512.Create((byte)0x30);
        Vector512<ushort> bits = upper._value.AsUInt16();
        Vector512<byte> first = (high ? bits : bits << 4).AsByte() & two, second = (high ? bits >> 2 : bits << 2).AsByte() & two;
        return (new((nibbles._value & four) | first), new(((nibbles._value.AsUInt16() >> 4).AsByte() & four) | second));
    }

    // Two products of four, 4 * 63 * 127, fit in 16 bits; four do not.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static RowLanes512 AddSixBits(RowLanes512 sum, RowLanes512 first, RowLanes512 second, int* x, int at, RowLanes512 ones)
    {
        Vector512<short> half = Avx512BW.MultiplyAddAdjacent(first._value, Vector512.Create(x[at]).AsSByte()) + Avx512BW.MultiplyAddAdjacent(second._value, Vector512.Create(x[at + 1]).AsSByte());
        return new((sum._value.AsInt32() + Avx512BW.MultiplyAddAdjacent(half, ones._value.AsInt16())).AsByte());
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int* Activations(in QuantizedTile tile) => tile.Pairs;

    public static int ActivationStep => 16;

    // u8 * s8 would saturate in 16 bits, so even and odd bytes are widened and multiplied apart.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static RowLanes512 EvenCodes(RowLanes512 codes) => new(codes._value & Vector512.Create((ushort)0x00ff).AsByte());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static RowLanes512 OddCodes(RowLanes512 codes) => new((codes._value.AsUInt16() >> 8).AsByte());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static RowLanes512 StartCodes(int total) => Broadcast(-128 * total);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static RowLanes512 AddCodes(RowLanes512 sum, RowLanes512 even0, RowLanes512 odd0, RowLanes512 even1, RowLanes512 odd1, int* x, int at) =>
        AddShorts(AddShorts(AddShorts(AddShorts(sum, even0, x[at]), odd0, x[at + 8]), even1, x[at + 1]), odd1, x[at + 9]);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static RowLanes512 AddShorts(RowLanes512 sum, RowLanes512 shorts, int pair) =>
        new((sum._value.AsInt32() + Avx512BW.MultiplyAddAdjacent(shorts._value.AsInt16(), Vector512.Create(pair).AsInt16())).AsByte());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static RowLanes512 IntsToFloats(RowLanes512 value) => new(Vector512.ConvertToSingle(value._value.AsInt32()).AsByte());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static RowLanes512 BroadcastFloat(float value) => new(Vector512.Create(value).AsByte());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static RowLanes512 Multiply(RowLanes512 left, RowLanes512 right) => new((left._value.AsSingle() * right._value.AsSingle()).AsByte());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static RowLanes512 FusedMultiplyAdd(RowLanes512 left, RowLanes512 right, RowLanes512 addend) =>
        new(Avx512F.FusedMultiplyAdd(left._value.AsSingle(), right._value.AsSingle(), addend._value.AsSingle()).AsByte());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static RowLanes512 LoadE8M0(byte* source)
    {
        Vector512<int> e = Avx512F.ConvertToVector512Int32(Vector128.Load(source));
        Vector512<int> bits = e << 23;
        return new(Vector512.ConditionalSelect(Vector512.Equals(e, Vector512<int>.Zero), Vector512.Create(0x00400000), bits).AsByte());
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static RowLanes512 LoadHalf(ushort* source)
    {
        Vector512<uint> h = Avx512F.ConvertToVector512Int32(Vector256.Load(source)).AsUInt32();
        Vector512<uint> magnitude = h & Vector512.Create(0x7fffu);
        Vector512<float> finite = (magnitude << 13).AsSingle() * Vector512.Create(HalfBits.Scale);
        Vector512<float> special = ((magnitude << 13) | Vector512.Create(0x7f800000u)).AsSingle();
        Vector512<float> chosen = Vector512.ConditionalSelect(Vector512.GreaterThanOrEqual(magnitude, Vector512.Create(0x7c00u)).AsSingle(), special, finite);
        return new((chosen.AsUInt32() | ((h & Vector512.Create(0x8000u)) << 16)).AsByte());
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static RowLanes512 LoadBytes(byte* source) => new(Avx512F.ConvertToVector512Int32(Vector128.Load(source)).AsByte());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static RowLanes512 LoadSignedBytes(sbyte* source) => new(Avx512F.ConvertToVector512Int32(Vector128.Load(source)).AsByte());
}
