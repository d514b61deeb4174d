using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Poise.Tensors.Kernels;

/// <summary>Four rows in a 128-bit register: portable, NEON on arm64.</summary>
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
    public static RowLanes128 LowCodes(RowLanes128 table, RowLanes128 nibbles) => new(Vector128.Shuffle(table._value, nibbles._value & Vector128.Create((byte)15)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static RowLanes128 HighCodes(RowLanes128 table, RowLanes128 nibbles) =>
        new(Vector128.Shuffle(table._value, (nibbles._value.AsUInt16() >> 4).AsByte() & Vector128.Create((byte)15)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static RowLanes128 AddByteProducts(RowLanes128 sum, RowLanes128 unsigned, int* signed) =>
        new((sum._value.AsInt16() + Bytes(unsigned._value, Vector128.Create(*signed).AsSByte())).AsByte());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static (RowLanes128 First, RowLanes128 Second) SixBits(RowLanes128 nibbles, RowLanes128 upper, bool high)
    {
        Vector128<byte> four = Vector128.Create((byte)15), two = Vector128.Create((byte)0x30);
        Vector128<ushort> bits = upper._value.AsUInt16();
        Vector128<byte> first = (high ? bits : bits << 4).AsByte() & two, second = (high ? bits >> 2 : bits << 2).AsByte() & two;
        return (new((nibbles._value & four) | first), new(((nibbles._value.AsUInt16() >> 4).AsByte() & four) | second));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static RowLanes128 ByteProducts(RowLanes128 unsigned, int* signed) => new(Bytes(unsigned._value, Vector128.Create(*signed).AsSByte()).AsByte());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static RowLanes128 AddProducts(RowLanes128 sum, RowLanes128 left, RowLanes128 right) =>
        new((sum._value.AsInt32() + Shorts(left._value.AsInt16(), right._value.AsInt16())).AsByte());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static RowLanes128 AddShortProducts(RowLanes128 sum, RowLanes128 shorts, int* pair) =>
        new((sum._value.AsInt32() + Shorts(shorts._value.AsInt16(), Vector128.Create(*pair).AsInt16())).AsByte());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static RowLanes128 MultiplyAddShorts(RowLanes128 left, RowLanes128 right) =>
        new(Shorts(left._value.AsInt16(), right._value.AsInt16()).AsByte());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static RowLanes128 EvenBytes(RowLanes128 value) => new(value._value & Vector128.Create((ushort)0x00ff).AsByte());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static RowLanes128 OddBytes(RowLanes128 value) => new((value._value.AsUInt16() >> 8).AsByte());

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
    public static RowLanes128 LoadE8M0(byte* source)
    {
        Vector128<int> e = Vector128.Create(source[0], source[1], source[2], source[3]);
        Vector128<int> bits = e << 23;
        return new(Vector128.ConditionalSelect(Vector128.Equals(e, Vector128<int>.Zero), Vector128.Create(0x00400000), bits).AsByte());
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static RowLanes128 LoadHalf(ushort* source)
    {
        Vector128<uint> h = Vector128.Create((uint)source[0], source[1], source[2], source[3]);
        Vector128<uint> magnitude = h & Vector128.Create(0x7fffu);
        Vector128<float> finite = (magnitude << 13).AsSingle() * Vector128.Create(HalfBits.Scale);
        Vector128<float> special = ((magnitude << 13) | Vector128.Create(0x7f800000u)).AsSingle();
        Vector128<float> chosen = Vector128.ConditionalSelect(Vector128.GreaterThanOrEqual(magnitude, Vector128.Create(0x7c00u)).AsSingle(), special, finite);
        return new((chosen.AsUInt32() | ((h & Vector128.Create(0x8000u)) << 16)).AsByte());
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static RowLanes128 LoadBytes(byte* source) => new(Vector128.Create((int)source[0], source[1], source[2], source[3]).AsByte());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static RowLanes128 LoadSignedBytes(sbyte* source) => new(Vector128.Create((int)source[0], source[1], source[2], source[3]).AsByte());

    // Spelled out where the CPU has no such instruction (arm64, or hardware intrinsics switched off).
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
