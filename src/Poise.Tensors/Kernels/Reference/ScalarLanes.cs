namespace Poise.Tensors.Kernels.Reference;

/// <summary>The sixteen lanes of the numerics contract as a plain array, and its reduction tree spelled out.</summary>
static class ScalarLanes
{
    public const int Count = 16;

    /// <summary>Lane i + lane i+8, then i+4, i+2, i+1.</summary>
    public static float Sum(ReadOnlySpan<float> lanes)
    {
        Span<float> level = stackalloc float[Count];
        lanes[..Count].CopyTo(level);
        for (int width = 8; width >= 1; width /= 2)
            for (int i = 0; i < width; i++) level[i] += level[i + width];
        return level[0];
    }
}
