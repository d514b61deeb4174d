using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Poise.Tensors.Quantization;

/// <summary>
/// Bit conversions between float32 and the two 16-bit floats: IEEE half (F16) and bfloat16 (BF16).
/// Narrowing rounds to nearest, ties to even; subnormals are kept; a NaN stays a NaN and becomes quiet.
/// </summary>
public static class HalfConversion
{
    // A half's exponent and mantissa moved to float32's place, 13 bits up, are the number times 2^-112 (the difference
    // of the exponent biases), subnormals included, so that one exact multiplication decodes them all.
    const float HalfBias = 5.192296858534828e+33f; // 2^112

    const uint SingleInfinity = 0x7f80_0000;
    const uint HalfOverflow = 0x4780_0000; // 65536; what lies between 65520 and it reaches infinity by the carry
    const uint HalfSmallestNormal = 0x3880_0000; // 2^-14

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float HalfToSingle(ushort half)
    {
        uint bits = BitConverter.SingleToUInt32Bits(BitConverter.UInt32BitsToSingle((half & 0x7fffu) << 13) * HalfBias);
        if ((half & 0x7c00) == 0x7c00)
        {
            bits |= SingleInfinity;
            if ((half & 0x3ff) != 0) bits |= 0x0040_0000;
        }
        return BitConverter.UInt32BitsToSingle(bits | (half & 0x8000u) << 16);
    }

    public static ushort SingleToHalf(float value)
    {
        uint bits = BitConverter.SingleToUInt32Bits(value);
        uint magnitude = bits & 0x7fff_ffff;
        uint half;
        if (magnitude > SingleInfinity) half = 0x7e00 | (magnitude >> 13 & 0x3ff);
        else if (magnitude >= HalfOverflow) half = 0x7c00;
        else if (magnitude < HalfSmallestNormal)
            // The unit in the last place of 0.5 is 2^-24, that of half's subnormals: the addition rounds.
            half = BitConverter.SingleToUInt32Bits(BitConverter.UInt32BitsToSingle(magnitude) + 0.5f) - 0x3f00_0000;
        else half = (magnitude + 0xfff + (magnitude >> 13 & 1) - (112u << 23)) >> 13;
        return (ushort)(half | (bits >> 16 & 0x8000));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float BrainToSingle(ushort brain) => BitConverter.UInt32BitsToSingle((uint)brain << 16);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ushort SingleToBrain(float value)
    {
        uint bits = BitConverter.SingleToUInt32Bits(value);
        if ((bits & 0x7fff_ffff) > SingleInfinity) return (ushort)(bits >> 16 | 0x40);
        return (ushort)((bits + 0x7fff + (bits >> 16 & 1)) >> 16);
    }

    /// <summary>The little-endian half at the start of <paramref name="bytes"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static float ReadHalf(ReadOnlySpan<byte> bytes) => HalfToSingle(BinaryPrimitives.ReadUInt16LittleEndian(bytes));

    public static void HalfToSingle(ReadOnlySpan<ushort> halves, Span<float> values)
    {
        values = values[..halves.Length];
        int i = 0;
        for (; i <= halves.Length - 16; i += 16)
        {
            (Vector256<uint> lower, Vector256<uint> upper) = Vector256.Widen(Vector256.Create(halves.Slice(i, 16)));
            HalfToSingle(lower).CopyTo(values.Slice(i, 8));
            HalfToSingle(upper).CopyTo(values.Slice(i + 8, 8));
        }
        for (; i < halves.Length; i++) values[i] = HalfToSingle(halves[i]);
    }

    public static void SingleToHalf(ReadOnlySpan<float> values, Span<ushort> halves)
    {
        halves = halves[..values.Length];
        int i = 0;
        for (; i <= values.Length - 16; i += 16)
            Vector256.Narrow(SingleToHalf(Vector256.Create(values.Slice(i, 8))), SingleToHalf(Vector256.Create(values.Slice(i + 8, 8))))
                .CopyTo(halves.Slice(i, 16));
        for (; i < values.Length; i++) halves[i] = SingleToHalf(values[i]);
    }

    public static void BrainToSingle(ReadOnlySpan<ushort> brains, Span<float> values)
    {
        values = values[..brains.Length];
        int i = 0;
        for (; i <= brains.Length - 16; i += 16)
        {
            (Vector256<uint> lower, Vector256<uint> upper) = Vector256.Widen(Vector256.Create(brains.Slice(i, 16)));
            (lower << 16).AsSingle().CopyTo(values.Slice(i, 8));
            (upper << 16).AsSingle().CopyTo(values.Slice(i + 8, 8));
        }
        for (; i < brains.Length; i++) values[i] = BrainToSingle(brains[i]);
    }

    public static void SingleToBrain(ReadOnlySpan<float> values, Span<ushort> brains)
    {
        brains = brains[..values.Length];
        int i = 0;
        for (; i <= values.Length - 16; i += 16)
            Vector256.Narrow(SingleToBrain(Vector256.Create(values.Slice(i, 8))), SingleToBrain(Vector256.Create(values.Slice(i + 8, 8))))
                .CopyTo(brains.Slice(i, 16));
        for (; i < values.Length; i++) brains[i] = SingleToBrain(values[i]);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector256<float> HalfToSingle(Vector256<uint> halves)
    {
        Vector256<uint> magnitude = halves & Vector256.Create(0x7fffu);
        Vector256<uint> bits = ((magnitude << 13).AsSingle() * HalfBias).AsUInt32();
        bits |= Vector256.GreaterThan(magnitude.AsInt32(), Vector256.Create(0x7bff)).AsUInt32() & Vector256.Create(SingleInfinity);
        bits |= Vector256.GreaterThan(magnitude.AsInt32(), Vector256.Create(0x7c00)).AsUInt32() & Vector256.Create(0x0040_0000u);
        return (bits | (halves & Vector256.Create(0x8000u)) << 16).AsSingle();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector256<uint> SingleToHalf(Vector256<float> values)
    {
        Vector256<uint> bits = values.AsUInt32();
        Vector256<uint> magnitude = bits & Vector256.Create(0x7fff_ffffu);
        Vector256<uint> normal = (magnitude + Vector256.Create(0xfffu) - Vector256.Create(112u << 23) + (magnitude >> 13 & Vector256<uint>.One)) >> 13;
        Vector256<uint> subnormal = (magnitude.AsSingle() + Vector256.Create(0.5f)).AsUInt32() - Vector256.Create(0x3f00_0000u);
        Vector256<uint> notANumber = magnitude >> 13 & Vector256.Create(0x3ffu) | Vector256.Create(0x7e00u);
        Vector256<uint> half = Select(LessThan(magnitude, HalfSmallestNormal), subnormal, normal);
        half = Select(LessThan(magnitude, HalfOverflow), half, Vector256.Create(0x7c00u));
        half = Select(LessThan(magnitude, SingleInfinity + 1), half, notANumber);
        return half | bits >> 16 & Vector256.Create(0x8000u);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector256<uint> SingleToBrain(Vector256<float> values)
    {
        Vector256<uint> bits = values.AsUInt32();
        Vector256<uint> rounded = (bits + Vector256.Create(0x7fffu) + (bits >> 16 & Vector256<uint>.One)) >> 16;
        Vector256<uint> isNumber = LessThan(bits & Vector256.Create(0x7fff_ffffu), SingleInfinity + 1);
        return Select(isNumber, rounded, bits >> 16 | Vector256.Create(0x40u));
    }

    // Both sides are below 2^31, where signed and unsigned comparison agree and the signed one is a single instruction.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector256<uint> LessThan(Vector256<uint> left, uint right) =>
        Vector256.LessThan(left.AsInt32(), Vector256.Create((int)right)).AsUInt32();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector256<uint> Select(Vector256<uint> mask, Vector256<uint> yes, Vector256<uint> no) =>
        Vector256.ConditionalSelect(mask, yes, no);

    /// <summary>A view of little-endian 16-bit codes as numbers; false on a big-endian machine, where they must be read one by one.</summary>
    internal static bool TryView(ReadOnlySpan<byte> bytes, out ReadOnlySpan<ushort> codes)
    {
        codes = BitConverter.IsLittleEndian ? MemoryMarshal.Cast<byte, ushort>(bytes) : default;
        return BitConverter.IsLittleEndian;
    }

    /// <inheritdoc cref="TryView(ReadOnlySpan{byte}, out ReadOnlySpan{ushort})"/>
    internal static bool TryView(Span<byte> bytes, out Span<ushort> codes)
    {
        codes = BitConverter.IsLittleEndian ? MemoryMarshal.Cast<byte, ushort>(bytes) : default;
        return BitConverter.IsLittleEndian;
    }
}
