namespace Poise.Tensors.Kernels.Reference;

/// <summary>What <see cref="FloatDot"/> computes: element k in lane k mod 16, FMA throughout, then the tree.</summary>
static class ScalarDot
{
    public static float Dot(ReadOnlySpan<float> a, ReadOnlySpan<float> x)
    {
        Span<float> lanes = stackalloc float[ScalarLanes.Count];
        lanes.Clear();
        for (int k = 0; k < a.Length; k++)
            lanes[k % ScalarLanes.Count] = MathF.FusedMultiplyAdd(a[k], x[k], lanes[k % ScalarLanes.Count]);
        return ScalarLanes.Sum(lanes);
    }
}
