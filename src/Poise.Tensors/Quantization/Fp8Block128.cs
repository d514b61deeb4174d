namespace Poise.Tensors.Quantization;

/// <summary>
/// An F8_E4M3 matrix with one float32 factor (`weight_scale_inv`) for each 128 x 128 square, as DeepSeek's and Qwen's FP8
/// checkpoints store it. Squares at the right and lower edges may be partial.
/// </summary>
public static class Fp8Block128
{
    public const int Side = 128;

    /// <summary>Rows or columns of the grid of factors.</summary>
    public static int Squares(int length) => (length + Side - 1) / Side;

    /// <param name="weight">[rows * columns]</param>
    /// <param name="factors">[Squares(rows) * Squares(columns)]</param>
    /// <param name="values">[rows * columns]</param>
    public static void Dequantize(ReadOnlySpan<byte> weight, ReadOnlySpan<float> factors, int rows, int columns, Span<float> values)
    {
        int across = Squares(columns);
        if (weight.Length != (long)rows * columns || factors.Length != (long)Squares(rows) * across)
            throw new ArgumentException($"A matrix of {rows} x {columns} takes as many codes and {Squares(rows)} x {across} factors.");
        for (int row = 0; row < rows; row++)
            DequantizeRow(weight.Slice(row * columns, columns), factors.Slice(row / Side * across, across), values.Slice(row * columns, columns));
    }

    /// <summary>One row with its row of factors.</summary>
    public static void DequantizeRow(ReadOnlySpan<byte> codes, ReadOnlySpan<float> factors, Span<float> values)
    {
        values = values[..codes.Length];
        ReadOnlySpan<float> table = SmallFloats.E4M3.AsSpan(0, 256);
        for (int start = 0, square = 0; start < codes.Length; start += Side, square++)
        {
            float factor = factors[square];
            int end = Math.Min(start + Side, codes.Length);
            for (int i = start; i < end; i++) values[i] = table[codes[i]] * factor;
        }
    }
}
