using System.Runtime.Intrinsics;

namespace Poise.Tensors.Kernels;

/// <summary>FP4 (E2M1) code to twice its value plus 12: unsigned, so that u8 * s8 instructions apply.</summary>
static class MxTable
{
    public const int Offset = 12;

    public static Vector128<byte> Codes => Vector128.Create((byte)12, 13, 14, 15, 16, 18, 20, 24, 12, 11, 10, 9, 8, 6, 4, 0);
}
