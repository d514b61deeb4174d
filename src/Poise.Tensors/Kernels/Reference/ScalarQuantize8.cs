namespace Poise.Tensors.Kernels.Reference;

/// <summary>What <see cref="Quantize8"/> computes: one scale for 32 elements, codes rounded to nearest even; infinities and NaN show in the scale.</summary>
static class ScalarQuantize8
{
    /// <param name="codes">[columns].</param>
    /// <param name="scales">[columns / 32].</param>
    public static void Row(ReadOnlySpan<float> x, Span<sbyte> codes, Span<float> scales)
    {
        for (int b = 0; b < scales.Length; b++)
        {
            ReadOnlySpan<float> block = x.Slice(b * QuantizedTile.BlockSize, QuantizedTile.BlockSize);
            if (block.ContainsAnyExceptInRange(float.MinValue, float.MaxValue))
            {
                codes.Slice(b * QuantizedTile.BlockSize, QuantizedTile.BlockSize).Clear();
                scales[b] = float.NaN;
                continue;
            }

            float largest = 0;
            foreach (float v in block) largest = MathF.Max(largest, MathF.Abs(v));
            float inverse = largest > 0 ? 127f / largest : 0f;
            if (!float.IsFinite(inverse)) (inverse, largest) = (0f, 0f);
            for (int k = 0; k < block.Length; k++)
                codes[b * QuantizedTile.BlockSize + k] = (sbyte)MathF.Round(block[k] * inverse, MidpointRounding.ToEven);
            scales[b] = largest / 127f;
        }
    }
}
