using System.Runtime.CompilerServices;

namespace Poise.Tensors.Kernels;

/// <summary>One operation per element: a ragged tail goes through the same lanes, padded, so it gives the same bits.</summary>
static unsafe class ElementWise
{
    /// <summary>An operation on two inputs.</summary>
    public interface IBinary
    {
        static abstract TLanes Apply<TLanes>(TLanes a, TLanes b, float parameter) where TLanes : struct, ILanes<TLanes>;
    }

    /// <summary>target = operation(a, b); target may be a or b.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    public static void Run<TOperation, TLanes>(float* a, float* b, float* target, int count, float parameter)
        where TOperation : struct, IBinary where TLanes : struct, ILanes<TLanes>
    {
        int k = 0;
        for (; k + 16 <= count; k += 16)
            TLanes.Store(TOperation.Apply(TLanes.Load(a + k), TLanes.Load(b + k), parameter), target + k);
        if (k == count) return;
        float* rest = stackalloc float[16];
        TLanes.Store(TOperation.Apply(FloatDot.Tail<TLanes>(a + k, count - k), FloatDot.Tail<TLanes>(b + k, count - k), parameter), rest);
        for (int i = 0; k + i < count; i++) target[k + i] = rest[i];
    }

    public static void Run<TOperation>(float* a, float* b, float* target, int count, float parameter = 0) where TOperation : struct, IBinary
    {
        if (Lanes512.IsSupported) Run<TOperation, Lanes512>(a, b, target, count, parameter);
        else if (Lanes256.IsSupported) Run<TOperation, Lanes256>(a, b, target, count, parameter);
        else Run<TOperation, Lanes128>(a, b, target, count, parameter);
    }

    public readonly struct Add : IBinary
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static TLanes Apply<TLanes>(TLanes a, TLanes b, float parameter) where TLanes : struct, ILanes<TLanes> => a + b;
    }

    /// <summary>a + parameter * b, rounded once.</summary>
    public readonly struct AddScaled : IBinary
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static TLanes Apply<TLanes>(TLanes a, TLanes b, float parameter) where TLanes : struct, ILanes<TLanes> =>
            TLanes.FusedMultiplyAdd(TLanes.Broadcast(parameter), b, a);
    }

    /// <summary>silu(gate) * up, silu(x) = x * sigmoid(x).</summary>
    public readonly struct SiluGate : IBinary
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static TLanes Apply<TLanes>(TLanes gate, TLanes up, float parameter) where TLanes : struct, ILanes<TLanes> =>
            gate * Exponential.Sigmoid(gate) * up;
    }

    /// <summary>gpt-oss: g = min(gate, limit), u = clamp(up, -limit, limit); g * sigmoid(1.702 g) * (u + 1).</summary>
    public readonly struct ClampedSwiGlu : IBinary
    {
        const float Alpha = 1.702f;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static TLanes Apply<TLanes>(TLanes gate, TLanes up, float limit) where TLanes : struct, ILanes<TLanes>
        {
            TLanes g = TLanes.Min(gate, TLanes.Broadcast(limit));
            TLanes u = TLanes.Max(TLanes.Min(up, TLanes.Broadcast(limit)), TLanes.Broadcast(-limit));
            return g * Exponential.Sigmoid(g * TLanes.Broadcast(Alpha)) * (u + TLanes.Broadcast(1f));
        }
    }

    /// <summary>gelu_tanh(gate) * up.</summary>
    public readonly struct GeluGate : IBinary
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static TLanes Apply<TLanes>(TLanes gate, TLanes up, float parameter) where TLanes : struct, ILanes<TLanes> => GeluTanh.Apply(gate, gate, parameter) * up;
    }

    /// <summary>parameter * tanh(a / parameter); the second input is not used.</summary>
    public readonly struct Cap : IBinary
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static TLanes Apply<TLanes>(TLanes a, TLanes unused, float parameter) where TLanes : struct, ILanes<TLanes> => Capping.Apply(a, parameter);
    }

    /// <summary>gelu by its tanh form, x * sigmoid(2 z) with z = sqrt(2/pi) (x + 0.044715 x^3); the second input is not used.</summary>
    public readonly struct GeluTanh : IBinary
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static TLanes Apply<TLanes>(TLanes x, TLanes unused, float parameter) where TLanes : struct, ILanes<TLanes>
        {
            TLanes cubic = TLanes.FusedMultiplyAdd(x * x, TLanes.Broadcast(0.044715f), TLanes.Broadcast(1f)) * x;
            return x * Exponential.Sigmoid(cubic * TLanes.Broadcast(2 * 0.7978845608028654f));
        }
    }
}
