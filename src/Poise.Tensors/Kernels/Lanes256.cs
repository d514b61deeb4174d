using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Poise.Tensors.Kernels;

/// <summary>Sixteen lanes in two 256-bit registers (AVX2 with FMA): lanes 0..7 and 8..15.</summary>
readonly unsafe struct Lanes256(Vector256<float> low, Vector256<float> high) : ILanes<Lanes256>
{
    readonly Vector256<float> _low = low;
    readonly Vector256<float> _high = high;

    public static bool IsSupported => Avx2.IsSupported && Fma.IsSupported;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256 Broadcast(float value) => new(Vector256.Create(value), Vector256.Create(value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256 Load(float* source) => new(Vector256.Load(source), Vector256.Load(source + 8));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Lanes256 value, float* destination)
    {
        value._low.Store(destination);
        value._high.Store(destination + 8);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256 LoadBFloat16(ushort* source) => new(
        (Avx2.ConvertToVector256Int32(Vector128.Load(source)) << 16).AsSingle(),
        (Avx2.ConvertToVector256Int32(Vector128.Load(source + 8)) << 16).AsSingle());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256 LoadHalf(ushort* source) => new(Half8(source), Half8(source + 8));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector256<float> Half8(ushort* source)
    {
        Vector256<uint> h = Avx2.ConvertToVector256Int32(Vector128.Load(source)).AsUInt32();
        Vector256<uint> magnitude = h & Vector256.Create(0x7fffu);
        Vector256<float> finite = (magnitude << 13).AsSingle() * Vector256.Create(HalfBits.Scale);
        Vector256<float> special = ((magnitude << 13) | Vector256.Create(0x7f800000u)).AsSingle();
        Vector256<float> chosen = Vector256.ConditionalSelect(
            Vector256.GreaterThanOrEqual(magnitude, Vector256.Create(0x7c00u)).AsSingle(), special, finite);
        return (chosen.AsUInt32() | ((h & Vector256.Create(0x8000u)) << 16)).AsSingle();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256 operator +(Lanes256 left, Lanes256 right) => new(left._low + right._low, left._high + right._high);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256 operator -(Lanes256 left, Lanes256 right) => new(left._low - right._low, left._high - right._high);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256 operator *(Lanes256 left, Lanes256 right) => new(left._low * right._low, left._high * right._high);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256 operator /(Lanes256 left, Lanes256 right) => new(left._low / right._low, left._high / right._high);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256 FusedMultiplyAdd(Lanes256 left, Lanes256 right, Lanes256 addend) => new(
        Fma.MultiplyAdd(left._low, right._low, addend._low),
        Fma.MultiplyAdd(left._high, right._high, addend._high));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256 Max(Lanes256 left, Lanes256 right) => new(Avx.Max(left._low, right._low), Avx.Max(left._high, right._high));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256 Min(Lanes256 left, Lanes256 right) => new(Avx.Min(left._low, right._low), Avx.Min(left._high, right._high));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256 Unless(Lanes256 left, Lanes256 right, Lanes256 value) => new(
        Vector256.AndNot(value._low, Vector256.GreaterThan(left._low, right._low)),
        Vector256.AndNot(value._high, Vector256.GreaterThan(left._high, right._high)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256 Abs(Lanes256 value) => new(Vector256.Abs(value._low), Vector256.Abs(value._high));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256 PowerOfTwo(Lanes256 n) => new(
        ((Avx.ConvertToVector256Int32(n._low) + Vector256.Create(127)) << 23).AsSingle(),
        ((Avx.ConvertToVector256Int32(n._high) + Vector256.Create(127)) << 23).AsSingle());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Sum(Lanes256 value)
    {
        Vector256<float> eight = value._low + value._high;
        return Tree.Sum(eight.GetLower() + eight.GetUpper());
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Largest(Lanes256 value)
    {
        Vector256<float> eight = Avx.Max(value._low, value._high);
        return Tree.Largest(Sse.Max(eight.GetLower(), eight.GetUpper()));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreInt8(Lanes256 value, sbyte* destination)
    {
        Vector256<int> low = Avx.ConvertToVector256Int32(value._low), high = Avx.ConvertToVector256Int32(value._high);
        Vector128<short> first = Sse2.PackSignedSaturate(low.GetLower(), low.GetUpper());
        Vector128<short> second = Sse2.PackSignedSaturate(high.GetLower(), high.GetUpper());
        Sse2.PackSignedSaturate(first, second).Store(destination);
    }
}
