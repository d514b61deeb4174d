namespace Poise.Tensors.Kernels.Reference;

/// <summary>What <see cref="PackedMx"/> and <see cref="PackedCodes"/> compute for one row of weights and one row of activations.</summary>
static class ScalarBlockProduct
{
    static ReadOnlySpan<sbyte> DoubledFp4 => [0, 1, 2, 3, 4, 6, 8, 12, 0, -1, -2, -3, -4, -6, -8, -12];

    /// <summary>MXFP4 blocks as GGUF has them: an E8M0 byte, then element j in the low and j+16 in the high nibble of byte j.</summary>
    public static float Mx(ReadOnlySpan<byte> row, ReadOnlySpan<sbyte> codes, ReadOnlySpan<float> scales)
    {
        float accumulator = 0;
        for (int b = 0; b < scales.Length; b++)
        {
            ReadOnlySpan<byte> block = row.Slice(17 * b, 17);
            ReadOnlySpan<sbyte> x = codes.Slice(32 * b, 32);
            int sum = 0;
            for (int j = 0; j < 16; j++) sum += DoubledFp4[block[1 + j] & 15] * x[j] + DoubledFp4[block[1 + j] >> 4] * x[j + 16];
            // Exponent 0 is the subnormal 2^-127.
            float scale = BitConverter.Int32BitsToSingle(block[0] == 0 ? 0x00400000 : block[0] << 23);
            accumulator = MathF.FusedMultiplyAdd(sum, scale * (scales[b] * 0.5f), accumulator);
        }

        return accumulator;
    }

    /// <summary>Unpacked codes with one scale and one minimum for each sub-block.</summary>
    /// <param name="minima">Empty where the format has none.</param>
    public static float Codes(ReadOnlySpan<sbyte> weights, ReadOnlySpan<float> weightScales, ReadOnlySpan<float> minima, int subBlock, ReadOnlySpan<sbyte> codes, ReadOnlySpan<float> scales)
    {
        float accumulator = 0;
        for (int s = 0; s < weightScales.Length; s++)
        {
            int sum = 0, total = 0;
            for (int k = s * subBlock; k < (s + 1) * subBlock; k++)
            {
                sum += weights[k] * codes[k];
                total += codes[k];
            }

            float scale = scales[s * subBlock / QuantizedTile.BlockSize];
            accumulator = MathF.FusedMultiplyAdd(sum, weightScales[s] * scale, accumulator);
            if (!minima.IsEmpty) accumulator = MathF.FusedMultiplyAdd(total, -(minima[s] * scale), accumulator);
        }

        return accumulator;
    }
}
