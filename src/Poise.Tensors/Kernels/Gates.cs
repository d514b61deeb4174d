using System.Runtime.CompilerServices;

namespace Poise.Tensors.Kernels;

/// <summary>Functions of a gate and what it lets through, f(gate, up), with their derivatives. A ragged tail goes through the same lanes, padded.</summary>
static unsafe class Gates
{
    public interface IGate
    {
        static abstract TLanes Value<TLanes>(TLanes gate, TLanes up, TLanes limit) where TLanes : struct, ILanes<TLanes>;

        /// <summary>df/dgate and df/dup.</summary>
        static abstract void Slopes<TLanes>(TLanes gate, TLanes up, TLanes limit, out TLanes ofGate, out TLanes ofUp) where TLanes : struct, ILanes<TLanes>;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    public static void Forward<TGate, TLanes>(float* gate, float* up, float* y, int count, float limit) where TGate : struct, IGate where TLanes : struct, ILanes<TLanes>
    {
        TLanes bound = TLanes.Broadcast(limit);
        int k = 0;
        for (; k + 16 <= count; k += 16) TLanes.Store(TGate.Value(TLanes.Load(gate + k), TLanes.Load(up + k), bound), y + k);
        if (k == count) return;
        float* rest = stackalloc float[16];
        TLanes.Store(TGate.Value(FloatDot.Tail<TLanes>(gate + k, count - k), FloatDot.Tail<TLanes>(up + k, count - k), bound), rest);
        for (int i = 0; k + i < count; i++) y[k + i] = rest[i];
    }

    /// <summary>dgate = dy df/dgate, dup = dy df/dup. The targets may be the inputs.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    public static void Backward<TGate, TLanes>(float* gate, float* up, float* dy, float* dgate, float* dup, int count, float limit)
        where TGate : struct, IGate where TLanes : struct, ILanes<TLanes>
    {
        TLanes bound = TLanes.Broadcast(limit), a, b;
        int k = 0;
        for (; k + 16 <= count; k += 16)
        {
            TLanes d = TLanes.Load(dy + k);
            TGate.Slopes(TLanes.Load(gate + k), TLanes.Load(up + k), bound, out a, out b);
            TLanes.Store(d * a, dgate + k);
            TLanes.Store(d * b, dup + k);
        }

        if (k == count) return;
        float* rest = stackalloc float[32];
        TLanes last = FloatDot.Tail<TLanes>(dy + k, count - k);
        TGate.Slopes(FloatDot.Tail<TLanes>(gate + k, count - k), FloatDot.Tail<TLanes>(up + k, count - k), bound, out a, out b);
        TLanes.Store(last * a, rest);
        TLanes.Store(last * b, rest + 16);
        for (int i = 0; k + i < count; i++) (dgate[k + i], dup[k + i]) = (rest[i], rest[16 + i]);
    }

    /// <summary>silu(gate) up.</summary>
    public readonly struct Silu : IGate
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static TLanes Value<TLanes>(TLanes gate, TLanes up, TLanes limit) where TLanes : struct, ILanes<TLanes> => gate * Exponential.Sigmoid(gate) * up;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static void Slopes<TLanes>(TLanes gate, TLanes up, TLanes limit, out TLanes ofGate, out TLanes ofUp) where TLanes : struct, ILanes<TLanes>
        {
            TLanes one = TLanes.Broadcast(1), s = Exponential.Sigmoid(gate);
            ofUp = gate * s;
            ofGate = up * s * TLanes.FusedMultiplyAdd(gate, one - s, one);
        }
    }

    /// <summary>gpt-oss: g = min(gate, limit), u = clamp(up); g sigmoid(1.702 g) (u + 1). Beyond the clamps nothing passes.</summary>
    public readonly struct Clamped : IGate
    {
        const float Alpha = 1.702f;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static TLanes Value<TLanes>(TLanes gate, TLanes up, TLanes limit) where TLanes : struct, ILanes<TLanes>
        {
            TLanes g = TLanes.Min(gate, limit), u = TLanes.Max(TLanes.Min(up, limit), TLanes.Broadcast(0) - limit);
            return g * Exponential.Sigmoid(g * TLanes.Broadcast(Alpha)) * (u + TLanes.Broadcast(1));
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static void Slopes<TLanes>(TLanes gate, TLanes up, TLanes limit, out TLanes ofGate, out TLanes ofUp) where TLanes : struct, ILanes<TLanes>
        {
            TLanes one = TLanes.Broadcast(1), alpha = TLanes.Broadcast(Alpha);
            TLanes g = TLanes.Min(gate, limit), u = TLanes.Max(TLanes.Min(up, limit), TLanes.Broadcast(0) - limit);
            TLanes s = Exponential.Sigmoid(g * alpha);
            ofUp = TLanes.Unless(TLanes.Abs(up), limit, g * s);
            ofGate = TLanes.Unless(gate, limit, (u + one) * s * TLanes.FusedMultiplyAdd(g * alpha, one - s, one));
        }
    }

    /// <summary>gelu(gate) up, gelu in its tanh form: x sigmoid(2 sqrt(2/pi) (x + 0.044715 x^3)).</summary>
    public readonly struct Gelu : IGate
    {
        const float Twice = 2 * 0.7978845608028654f, Cubic = 0.044715f;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static TLanes Value<TLanes>(TLanes gate, TLanes up, TLanes limit) where TLanes : struct, ILanes<TLanes>
        {
            TLanes cubic = TLanes.FusedMultiplyAdd(gate * gate, TLanes.Broadcast(Cubic), TLanes.Broadcast(1)) * gate;
            return gate * Exponential.Sigmoid(cubic * TLanes.Broadcast(Twice)) * up;
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static void Slopes<TLanes>(TLanes gate, TLanes up, TLanes limit, out TLanes ofGate, out TLanes ofUp) where TLanes : struct, ILanes<TLanes>
        {
            TLanes one = TLanes.Broadcast(1), square = gate * gate;
            TLanes s = Exponential.Sigmoid(TLanes.FusedMultiplyAdd(square, TLanes.Broadcast(Cubic), one) * gate * TLanes.Broadcast(Twice));
            TLanes inner = TLanes.FusedMultiplyAdd(square, TLanes.Broadcast(3 * Cubic), one) * TLanes.Broadcast(Twice);
            ofUp = gate * s;
            ofGate = up * s * TLanes.FusedMultiplyAdd(gate * (one - s), inner, one);
        }
    }
}
