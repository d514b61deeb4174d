namespace Poise.Tensors.Kernels.Reference;

/// <summary>What <see cref="ColumnSums"/>, <see cref="NormalizationGradient"/>, <see cref="Gates"/> and <see cref="LogitRow"/> compute, one element at a time.</summary>
static class ScalarGradients
{
    /// <summary>Element t of a column in lane t mod 16, then the tree; <paramref name="b"/> may be empty.</summary>
    public static float ColumnSum(ReadOnlySpan<float> a, ReadOnlySpan<float> b)
    {
        Span<float> lanes = stackalloc float[ScalarLanes.Count];
        lanes.Clear();
        for (int t = 0; t < a.Length; t++) lanes[t % ScalarLanes.Count] = MathF.FusedMultiplyAdd(a[t], b.IsEmpty ? 1 : b[t], lanes[t % ScalarLanes.Count]);
        return ScalarLanes.Sum(lanes);
    }

    public static void Rms(ReadOnlySpan<float> x, ReadOnlySpan<float> weight, ReadOnlySpan<float> dy, float epsilon, Span<float> dx, Span<float> normed)
    {
        float r = 1f / MathF.Sqrt(ScalarDot.Dot(x, x) / x.Length + epsilon);
        for (int k = 0; k < x.Length; k++) (dx[k], normed[k]) = (weight[k] * dy[k], x[k] * r);
        float pull = -(ScalarDot.Dot(dx, x) / x.Length * r * r * r);
        for (int k = 0; k < x.Length; k++) dx[k] = MathF.FusedMultiplyAdd(x[k], pull, dx[k] * r);
    }

    public static void Layer(ReadOnlySpan<float> x, ReadOnlySpan<float> weight, ReadOnlySpan<float> dy, float epsilon, Span<float> dx, Span<float> normed)
    {
        float mean = Sum(x) / x.Length;
        for (int k = 0; k < x.Length; k++) normed[k] = x[k] - mean;
        float r = 1f / MathF.Sqrt(ScalarDot.Dot(normed, normed) / x.Length + epsilon);
        for (int k = 0; k < x.Length; k++) (normed[k], dx[k]) = (normed[k] * r, weight[k] * dy[k]);
        float level = Sum(dx) / x.Length, pull = -(ScalarDot.Dot(dx, normed) / x.Length);
        for (int k = 0; k < x.Length; k++) dx[k] = MathF.FusedMultiplyAdd(normed[k], pull, dx[k] - level) * r;
    }

    /// <summary>Value, df/dgate and df/dup.</summary>
    public static (float Value, float OfGate, float OfUp) Silu(float gate, float up)
    {
        float s = ScalarFunctions.Sigmoid(gate);
        return (gate * s * up, up * s * MathF.FusedMultiplyAdd(gate, 1 - s, 1), gate * s);
    }

    public static (float Value, float OfGate, float OfUp) Clamped(float gate, float up, float limit)
    {
        float g = gate < limit ? gate : limit, u = up < limit ? up : limit;
        u = u > -limit ? u : -limit;
        float s = ScalarFunctions.Sigmoid(g * 1.702f);
        float ofGate = gate > limit ? 0 : (u + 1) * s * MathF.FusedMultiplyAdd(g * 1.702f, 1 - s, 1);
        return (g * s * (u + 1), ofGate, MathF.Abs(up) > limit ? 0 : g * s);
    }

    public static (float Value, float OfGate, float OfUp) Gelu(float gate, float up)
    {
        const float Twice = 2 * 0.7978845608028654f;
        float s = ScalarFunctions.Sigmoid(MathF.FusedMultiplyAdd(gate * gate, 0.044715f, 1) * gate * Twice);
        float inner = MathF.FusedMultiplyAdd(gate * gate, 3 * 0.044715f, 1) * Twice;
        return (gate * s * up, up * s * MathF.FusedMultiplyAdd(gate * (1 - s), inner, 1), gate * s);
    }

    /// <summary>cap tanh(x / cap).</summary>
    public static float Cap(float x, float cap) => MathF.FusedMultiplyAdd(ScalarFunctions.Sigmoid(x * (2 / cap)), 2 * cap, -cap);

    public static float CapSlope(float capped, float cap)
    {
        float z = capped * (1 / cap);
        return MathF.FusedMultiplyAdd(z, 0 - z, 1);
    }

    static float Sum(ReadOnlySpan<float> x)
    {
        Span<float> lanes = stackalloc float[ScalarLanes.Count];
        lanes.Clear();
        for (int k = 0; k < x.Length; k++) lanes[k % ScalarLanes.Count] += x[k];
        return ScalarLanes.Sum(lanes);
    }
}
