using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Poise.Tensors.Kernels;

/// <summary>The last two levels of the fixed reduction tree: four lanes to one.</summary>
static class Tree
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Sum(Vector128<float> four)
    {
        float first = four.GetElement(0) + four.GetElement(2);
        float second = four.GetElement(1) + four.GetElement(3);
        return first + second;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Largest(Vector128<float> four)
    {
        float first = Larger(four.GetElement(0), four.GetElement(2));
        float second = Larger(four.GetElement(1), four.GetElement(3));
        return Larger(first, second);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static float Larger(float left, float right) => left > right ? left : right;
}

/// <summary>Constants of the exact F16 to F32 widening.</summary>
static class HalfBits
{
    /// <summary>2^112: moves an F16 exponent, shifted into F32's place, to F32's bias. Exact for subnormals too.</summary>
    public const float Scale = 5.192296858534828e33f;
}
