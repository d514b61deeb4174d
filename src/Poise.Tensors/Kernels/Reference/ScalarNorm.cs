namespace Poise.Tensors.Kernels.Reference;

/// <summary>What <see cref="Normalization"/> computes.</summary>
static class ScalarNorm
{
    /// <summary>y = x / sqrt(mean(x^2) + eps) * weight.</summary>
    public static void Rms(ReadOnlySpan<float> x, ReadOnlySpan<float> weight, float epsilon, Span<float> y)
    {
        float mean = ScalarDot.Dot(x, x) / x.Length;
        float factor = 1f / MathF.Sqrt(mean + epsilon);
        for (int k = 0; k < x.Length; k++) y[k] = x[k] * factor * weight[k];
    }

    /// <summary>y = (x - mean) / sqrt(variance + eps) * weight + bias.</summary>
    public static void Layer(ReadOnlySpan<float> x, ReadOnlySpan<float> weight, ReadOnlySpan<float> bias, float epsilon, Span<float> y)
    {
        Span<float> lanes = stackalloc float[ScalarLanes.Count];
        lanes.Clear();
        for (int k = 0; k < x.Length; k++) lanes[k % ScalarLanes.Count] += x[k];
        float mean = ScalarLanes.Sum(lanes) / x.Length;

        lanes.Clear();
        for (int k = 0; k < x.Length; k++)
        {
            float d = x[k] - mean;
            lanes[k % ScalarLanes.Count] = MathF.FusedMultiplyAdd(d, d, lanes[k % ScalarLanes.Count]);
        }

        float factor = 1f / MathF.Sqrt(ScalarLanes.Sum(lanes) / x.Length + epsilon);
        for (int k = 0; k < x.Length; k++) y[k] = MathF.FusedMultiplyAdd((x[k] - mean) * factor, weight[k], bias[k]);
    }
}
