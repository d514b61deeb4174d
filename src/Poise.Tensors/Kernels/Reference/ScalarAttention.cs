namespace Poise.Tensors.Kernels.Reference;

/// <summary>What <see cref="Attention"/> computes for one query head: keys in order of position, position mod 16 = lane.</summary>
static class ScalarAttention
{
    /// <param name="keys">Keys by position, as the cache rounded them; values likewise.</param>
    /// <param name="first">First visible position; <paramref name="last"/> is the query's own.</param>
    public static void Head(ReadOnlySpan<float> query, float[][] keys, float[][] values, int first, int last, float scale, float? sink, Span<float> output, float cap = 0)
    {
        float[] scores = new float[last + 1];
        float maximum = float.NegativeInfinity;
        for (int p = first; p <= last; p++)
        {
            float sum = 0;
            for (int d = 0; d < query.Length; d++) sum = MathF.FusedMultiplyAdd(query[d], keys[p][d], sum);
            scores[p] = cap > 0 ? ScalarGradients.Cap(sum * scale, cap) : sum * scale;
            maximum = MathF.Max(maximum, scores[p]);
        }

        if (sink is { } extra) maximum = MathF.Max(maximum, extra);
        Span<float> lanes = stackalloc float[ScalarLanes.Count];
        lanes.Clear();
        for (int p = first; p <= last; p++) lanes[p % ScalarLanes.Count] += scores[p] = ScalarFunctions.Exp(scores[p] - maximum);
        float denominator = ScalarLanes.Sum(lanes);
        if (sink is { } logit) denominator += ScalarFunctions.Exp(logit - maximum);
        float inverse = 1f / denominator;

        output.Clear();
        for (int p = first; p <= last; p++)
        {
            float weight = scores[p] * inverse;
            for (int d = 0; d < output.Length; d++) output[d] = MathF.FusedMultiplyAdd(weight, values[p][d], output[d]);
        }
    }
}
