using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Poise.Tensors.Kernels;

/// <summary>What <see cref="RowLanes128"/> and <see cref="RowLanesDot"/> have in common.</summary>
static unsafe class FourRows
{
    /// <summary>See <see cref="IRowLanes{TSelf}.SixBits"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static (Vector128<byte> First, Vector128<byte> Second) SixBits(Vector128<byte> nibbles, Vector128<byte> upper, bool high)
    {
        Vector128<byte> four = Vector128.Create((byte)15), two = Vector128.Create((byte)0x30);
        Vector128<ushort> bits = upper.AsUInt16();
        Vector128<byte> first = (high ? bits : bits << 4).AsByte() & two, second = (high ? bits >> 2 : bits << 2).AsByte() & two;
        return ((nibbles & four) | first, ((nibbles.AsUInt16() >> 4).AsByte() & four) | second);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<byte> LoadE8M0(byte* source)
    {
        Vector128<int> e = LoadBytes(source).AsInt32();
        return Vector128.ConditionalSelect(Vector128.Equals(e, Vector128<int>.Zero), Vector128.Create(0x00400000), e << 23).AsByte();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<byte> LoadHalf(ushort* source)
    {
        Vector128<uint> h = Vector128.WidenLower(Vector128.CreateScalar(*(ulong*)source).AsUInt16());
        Vector128<uint> magnitude = h & Vector128.Create(0x7fffu);
        Vector128<float> finite = (magnitude << 13).AsSingle() * Vector128.Create(HalfBits.Scale);
        Vector128<float> special = ((magnitude << 13) | Vector128.Create(0x7f800000u)).AsSingle();
        Vector128<float> chosen = Vector128.ConditionalSelect(Vector128.GreaterThanOrEqual(magnitude, Vector128.Create(0x7c00u)).AsSingle(), special, finite);
        return (chosen.AsUInt32() | ((h & Vector128.Create(0x8000u)) << 16)).AsByte();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<byte> LoadBytes(byte* source) =>
        Vector128.WidenLower(Vector128.WidenLower(Vector128.CreateScalar(*(uint*)source).AsByte())).AsByte();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<byte> LoadSignedBytes(sbyte* source) =>
        Vector128.WidenLower(Vector128.WidenLower(Vector128.CreateScalar(*(uint*)source).AsSByte())).AsByte();
}
