using System.Runtime.CompilerServices;

namespace Poise.Tensors.Kernels;

/// <summary>Weights that are numbers as they stand, little-endian in memory, and how they become F32: always exactly.</summary>
unsafe interface IFloatWeights
{
    /// <summary>Bytes of an element.</summary>
    static abstract int Bytes { get; }

    /// <summary>Sixteen elements.</summary>
    static abstract TLanes Load<TLanes>(byte* source) where TLanes : struct, ILanes<TLanes>;

    static abstract float Value(byte* source);
}

readonly unsafe struct F32Weights : IFloatWeights
{
    public static int Bytes => 4;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TLanes Load<TLanes>(byte* source) where TLanes : struct, ILanes<TLanes> => TLanes.Load((float*)source);

    public static float Value(byte* source) => *(float*)source;
}

readonly unsafe struct F16Weights : IFloatWeights
{
    public static int Bytes => 2;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TLanes Load<TLanes>(byte* source) where TLanes : struct, ILanes<TLanes> => TLanes.LoadHalf((ushort*)source);

    public static float Value(byte* source) => (float)*(Half*)source;
}

readonly unsafe struct BF16Weights : IFloatWeights
{
    public static int Bytes => 2;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TLanes Load<TLanes>(byte* source) where TLanes : struct, ILanes<TLanes> => TLanes.LoadBFloat16((ushort*)source);

    public static float Value(byte* source) => BitConverter.UInt32BitsToSingle((uint)*(ushort*)source << 16);
}
