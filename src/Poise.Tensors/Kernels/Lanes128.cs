using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Poise.Tensors.Kernels;

/// <summary>
/// Sixteen lanes in four 128-bit registers: lanes 0..3, 4..7, 8..11, 12..15. Portable: NEON on arm64, SSE on x64, and
/// plain software where the runtime has no vectors at all; FMA is fused there too (in software if need be).
/// </summary>
readonly unsafe struct Lanes128(Vector128<float> a, Vector128<float> b, Vector128<float> c, Vector128<float> d) : ILanes<Lanes128>
{
    readonly Vector128<float> _a = a, _b = b, _c = c, _d = d;

    public static bool IsSupported => true;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128 Broadcast(float value)
    {
        Vector128<float> v = Vector128.Create(value);
        return new(v, v, v, v);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128 Load(float* source) =>
        new(Vector128.Load(source), Vector128.Load(source + 4), Vector128.Load(source + 8), Vector128.Load(source + 12));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Lanes128 value, float* destination)
    {
        value._a.Store(destination);
        value._b.Store(destination + 4);
        value._c.Store(destination + 8);
        value._d.Store(destination + 12);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128 LoadBFloat16(ushort* source)
    {
        (Vector128<uint> a, Vector128<uint> b) = Vector128.Widen(Vector128.Load(source));
        (Vector128<uint> c, Vector128<uint> d) = Vector128.Widen(Vector128.Load(source + 8));
        return new((a << 16).AsSingle(), (b << 16).AsSingle(), (c << 16).AsSingle(), (d << 16).AsSingle());
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128 LoadHalf(ushort* source)
    {
        (Vector128<uint> a, Vector128<uint> b) = Vector128.Widen(Vector128.Load(source));
        (Vector128<uint> c, Vector128<uint> d) = Vector128.Widen(Vector128.Load(source + 8));
        return new(Half4(a), Half4(b), Half4(c), Half4(d));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector128<float> Half4(Vector128<uint> h)
    {
        Vector128<uint> magnitude = h & Vector128.Create(0x7fffu);
        Vector128<float> finite = (magnitude << 13).AsSingle() * Vector128.Create(HalfBits.Scale);
        Vector128<float> special = ((magnitude << 13) | Vector128.Create(0x7f800000u)).AsSingle();
        Vector128<float> chosen = Vector128.ConditionalSelect(
            Vector128.GreaterThanOrEqual(magnitude, Vector128.Create(0x7c00u)).AsSingle(), special, finite);
        return (chosen.AsUInt32() | ((h & Vector128.Create(0x8000u)) << 16)).AsSingle();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128 operator +(Lanes128 l, Lanes128 r) => new(l._a + r._a, l._b + r._b, l._c + r._c, l._d + r._d);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128 operator -(Lanes128 l, Lanes128 r) => new(l._a - r._a, l._b - r._b, l._c - r._c, l._d - r._d);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128 operator *(Lanes128 l, Lanes128 r) => new(l._a * r._a, l._b * r._b, l._c * r._c, l._d * r._d);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128 operator /(Lanes128 l, Lanes128 r) => new(l._a / r._a, l._b / r._b, l._c / r._c, l._d / r._d);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128 FusedMultiplyAdd(Lanes128 l, Lanes128 r, Lanes128 s) => new(
        Vector128.FusedMultiplyAdd(l._a, r._a, s._a), Vector128.FusedMultiplyAdd(l._b, r._b, s._b),
        Vector128.FusedMultiplyAdd(l._c, r._c, s._c), Vector128.FusedMultiplyAdd(l._d, r._d, s._d));

    // "left > right ? left : right", as x86's MAXPS: the right operand wins for NaN and for zeros of either sign.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector128<float> Max4(Vector128<float> l, Vector128<float> r) => Vector128.ConditionalSelect(Vector128.GreaterThan(l, r), l, r);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector128<float> Min4(Vector128<float> l, Vector128<float> r) => Vector128.ConditionalSelect(Vector128.LessThan(l, r), l, r);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128 Max(Lanes128 l, Lanes128 r) => new(Max4(l._a, r._a), Max4(l._b, r._b), Max4(l._c, r._c), Max4(l._d, r._d));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128 Min(Lanes128 l, Lanes128 r) => new(Min4(l._a, r._a), Min4(l._b, r._b), Min4(l._c, r._c), Min4(l._d, r._d));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128 Unless(Lanes128 l, Lanes128 r, Lanes128 v) =>
        new(Unless4(l._a, r._a, v._a), Unless4(l._b, r._b, v._b), Unless4(l._c, r._c, v._c), Unless4(l._d, r._d, v._d));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector128<float> Unless4(Vector128<float> l, Vector128<float> r, Vector128<float> v) => Vector128.AndNot(v, Vector128.GreaterThan(l, r));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128 Abs(Lanes128 v) => new(Vector128.Abs(v._a), Vector128.Abs(v._b), Vector128.Abs(v._c), Vector128.Abs(v._d));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector128<float> Power4(Vector128<float> n) => ((Vector128.ConvertToInt32(n) + Vector128.Create(127)) << 23).AsSingle();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128 PowerOfTwo(Lanes128 n) => new(Power4(n._a), Power4(n._b), Power4(n._c), Power4(n._d));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Sum(Lanes128 v) => Tree.Sum((v._a + v._c) + (v._b + v._d));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Largest(Lanes128 v) => Tree.Largest(Max4(Max4(v._a, v._c), Max4(v._b, v._d)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreInt8(Lanes128 v, sbyte* destination)
    {
        Vector128<short> first = Vector128.Narrow(Vector128.ConvertToInt32(v._a), Vector128.ConvertToInt32(v._b));
        Vector128<short> second = Vector128.Narrow(Vector128.ConvertToInt32(v._c), Vector128.ConvertToInt32(v._d));
        Vector128.Narrow(first, second).Store(destination);
    }
}
