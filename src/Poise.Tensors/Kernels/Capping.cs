using System.Runtime.CompilerServices;

namespace Poise.Tensors.Kernels;

/// <summary>Soft caps, cap tanh(x / cap), with tanh(z) = 2 sigmoid(2 z) - 1: its error is a few units of the cap's own rounding.</summary>
static unsafe class Capping
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TLanes Apply<TLanes>(TLanes x, float cap) where TLanes : struct, ILanes<TLanes>
    {
        TLanes s = Exponential.Sigmoid(x * TLanes.Broadcast(2 / cap));
        return TLanes.FusedMultiplyAdd(s, TLanes.Broadcast(2 * cap), TLanes.Broadcast(-cap));
    }

    /// <summary>The slope where the capped value is <paramref name="capped"/>: 1 - (capped / cap)^2.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TLanes Slope<TLanes>(TLanes capped, float cap) where TLanes : struct, ILanes<TLanes>
    {
        TLanes z = capped * TLanes.Broadcast(1 / cap);
        return TLanes.FusedMultiplyAdd(z, TLanes.Broadcast(0) - z, TLanes.Broadcast(1));
    }
}
