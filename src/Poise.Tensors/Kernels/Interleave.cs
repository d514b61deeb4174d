using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;

namespace Poise.Tensors.Kernels;

/// <summary>
/// Four rows at once into a group of 16 interleaved rows: what PackRow of <see cref="PackedMx"/> and the spreading of 8-bit
/// codes do row by row, byte for byte the same.
/// </summary>
static unsafe class Interleave
{
    /// <summary>MXFP4: rows of GGUF blocks (17 bytes a block) to <see cref="PackedMx"/>, from row <paramref name="index"/> of the group on.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    public static void Mx(byte* r0, byte* r1, byte* r2, byte* r3, int blocks, int index, byte* group)
    {
        for (int b = 0; b < blocks; b++, r0 += 17, r1 += 17, r2 += 17, r3 += 17, group += PackedMx.BlockBytes)
        {
            *(uint*)(group + index) = r0[0] | (uint)r1[0] << 8 | (uint)r2[0] << 16 | (uint)r3[0] << 24;
            (Vector128<uint> a, Vector128<uint> p) = Pairs(r0 + 1);
            (Vector128<uint> b1, Vector128<uint> q) = Pairs(r1 + 1);
            (Vector128<uint> c, Vector128<uint> r) = Pairs(r2 + 1);
            (Vector128<uint> d, Vector128<uint> s) = Pairs(r3 + 1);
            byte* target = group + 16 + 4 * index;
            LowHalves(Low(a, b1), Low(c, d)).Store(target);
            LowHalves(High(a, b1), High(c, d)).Store(target + 64);
            LowHalves(Low(p, q), Low(r, s)).Store(target + 128);
            LowHalves(High(p, q), High(r, s)).Store(target + 192);
        }
    }

    /// <summary>Eight-bit codes, 32 a block: dword g of a row goes to target + 64 g, with the sign bit of each byte turned over.</summary>
    /// <param name="step">Bytes from one block of a row to the next.</param>
    /// <param name="targetStep">The same of the group.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    public static void Codes(byte* r0, byte* r1, byte* r2, byte* r3, int step, int blocks, byte* target, int targetStep)
    {
        Vector128<uint> flip = Vector128.Create(0x80808080u);
        for (int b = 0; b < blocks; b++, r0 += step, r1 += step, r2 += step, r3 += step, target += targetStep)
        {
            for (int half = 0; half < 2; half++)
            {
                Vector128<uint> w0 = Vector128.Load(r0 + 16 * half).AsUInt32() ^ flip, w1 = Vector128.Load(r1 + 16 * half).AsUInt32() ^ flip;
                Vector128<uint> w2 = Vector128.Load(r2 + 16 * half).AsUInt32() ^ flip, w3 = Vector128.Load(r3 + 16 * half).AsUInt32() ^ flip;
                Vector128<uint> low = Low(w0, w1), other = Low(w2, w3), high = High(w0, w1), last = High(w2, w3);
                byte* line = target + 256 * half;
                LowHalves(low, other).Store(line);
                HighHalves(low, other).Store(line + 64);
                LowHalves(high, last).Store(line + 128);
                HighHalves(high, last).Store(line + 192);
            }
        }
    }

    // Codes k and k + 4 of each eight into one byte: the first dword of each 64-bit half is a row's share of a line.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static (Vector128<uint> First, Vector128<uint> Second) Pairs(byte* codes)
    {
        Vector128<byte> both = Vector128.Load(codes);
        Vector128<ulong> low = (both & Vector128.Create((byte)15)).AsUInt64(), high = ((both.AsUInt16() >> 4).AsByte() & Vector128.Create((byte)15)).AsUInt64();
        return ((low | (low >> 28)).AsUInt32(), (high | (high >> 28)).AsUInt32());
    }

    // a0 b0 a1 b1
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector128<uint> Low(Vector128<uint> a, Vector128<uint> b)
    {
        if (Sse2.IsSupported) return Sse2.UnpackLow(a, b);
        if (AdvSimd.Arm64.IsSupported) return AdvSimd.Arm64.ZipLow(a, b);
        return Vector128.Create(a[0], b[0], a[1], b[1]);
    }

    // a2 b2 a3 b3
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector128<uint> High(Vector128<uint> a, Vector128<uint> b)
    {
        if (Sse2.IsSupported) return Sse2.UnpackHigh(a, b);
        if (AdvSimd.Arm64.IsSupported) return AdvSimd.Arm64.ZipHigh(a, b);
        return Vector128.Create(a[2], b[2], a[3], b[3]);
    }

    // The unpack instructions: put together from halves, the register went through the stack and waited there.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector128<byte> LowHalves(Vector128<uint> a, Vector128<uint> b)
    {
        if (Sse2.IsSupported) return Sse2.UnpackLow(a.AsUInt64(), b.AsUInt64()).AsByte();
        if (AdvSimd.Arm64.IsSupported) return AdvSimd.Arm64.ZipLow(a.AsUInt64(), b.AsUInt64()).AsByte();
        return Vector128.Create(a.GetLower(), b.GetLower()).AsByte();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector128<byte> HighHalves(Vector128<uint> a, Vector128<uint> b)
    {
        if (Sse2.IsSupported) return Sse2.UnpackHigh(a.AsUInt64(), b.AsUInt64()).AsByte();
        if (AdvSimd.Arm64.IsSupported) return AdvSimd.Arm64.ZipHigh(a.AsUInt64(), b.AsUInt64()).AsByte();
        return Vector128.Create(a.GetUpper(), b.GetUpper()).AsByte();
    }
}
