using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Poise.Tensors.Quantization;

/// <summary>The packings that the K-quants share.</summary>
static class KCodes
{
    /// <summary>16 fields of 1 to 4 bits, from bit <paramref name="shift"/> of each byte up.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<byte> Field(ReadOnlySpan<byte> packed, int shift, byte mask) =>
        Vector128.ShiftRightLogical(Vector128.Create(packed[..16]), shift) & Vector128.Create(mask);

    /// <summary>The 6-bit scale and minimum of sub-block <paramref name="g"/> (0..7) among the 12 bytes of Q4_K and Q5_K.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static (int Scale, int Minimum) ScaleAndMinimum(ReadOnlySpan<byte> packed, int g) => g < 4
        ? (packed[g] & 63, packed[g + 4] & 63)
        : (packed[g + 4] & 15 | packed[g - 4] >> 6 << 4, packed[g + 4] >> 4 | packed[g] >> 6 << 4);

    /// <summary>The inverse of <see cref="ScaleAndMinimum"/> for all eight; <paramref name="packed"/> is overwritten.</summary>
    public static void PackScalesAndMinima(ReadOnlySpan<byte> scales, ReadOnlySpan<byte> minima, Span<byte> packed)
    {
        for (int g = 0; g < 4; g++)
        {
            packed[g] = (byte)(scales[g] | scales[g + 4] >> 4 << 6);
            packed[g + 4] = (byte)(minima[g] | minima[g + 4] >> 4 << 6);
            packed[g + 8] = (byte)(scales[g + 4] & 15 | (minima[g + 4] & 15) << 4);
        }
    }
}
