namespace Poise.Tensors.Kernels.Reference;

/// <summary>What <see cref="Operations.Rotate"/> computes for one head: pairs (i, i + D/2).</summary>
static class ScalarRotation
{
    public static void Head(Span<float> head, ReadOnlySpan<float> cosines, ReadOnlySpan<float> sines)
    {
        int half = cosines.Length;
        for (int i = 0; i < half; i++)
        {
            float x0 = head[i], x1 = head[i + half];
            head[i] = MathF.FusedMultiplyAdd(x0, cosines[i], -(x1 * sines[i]));
            head[i + half] = MathF.FusedMultiplyAdd(x1, cosines[i], x0 * sines[i]);
        }
    }
}
