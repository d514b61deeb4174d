namespace Poise.Tensors.Quantization;

/// <summary>What the encoders ask of a block before they choose its scale.</summary>
static class Extremes
{
    /// <summary>The value of largest magnitude, with its sign; the first of equals.</summary>
    public static float Peak(ReadOnlySpan<float> values)
    {
        float peak = 0, magnitude = 0;
        foreach (float value in values)
        {
            if (!(MathF.Abs(value) > magnitude)) continue;
            magnitude = MathF.Abs(value);
            peak = value;
        }
        return peak;
    }

    public static (float Least, float Greatest) Range(ReadOnlySpan<float> values)
    {
        float least = float.MaxValue, greatest = float.MinValue;
        foreach (float value in values)
        {
            if (value < least) least = value;
            if (value > greatest) greatest = value;
        }
        return (least, greatest);
    }
}
