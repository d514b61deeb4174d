using Poise.Tensors;
using Poise.Tensors.Quantization;

namespace Poise.Core.Adapters;

/// <summary>Factors of low-rank pairs as rows, and in files.</summary>
static class Factors
{
    public static FloatRows New(int rows, int columns) => new FloatRows(columns).Resize(rows);

    public static FloatRows Rows(ReadOnlySpan<float> values, int rows)
    {
        FloatRows result = New(rows, values.Length / rows);
        values.CopyTo(result.All);
        return result;
    }

    /// <param name="values">[rows, columns].</param>
    /// <returns>[columns, rows].</returns>
    public static FloatRows Transposed(ReadOnlySpan<float> values, int rows, int columns) => Rows(Turned(values, rows, columns), columns);

    /// <param name="values">[rows, columns].</param>
    /// <returns>[columns, rows].</returns>
    public static float[] Turned(ReadOnlySpan<float> values, int rows, int columns)
    {
        float[] target = new float[values.Length];
        for (int r = 0; r < rows; r++)
            for (int c = 0; c < columns; c++) target[c * rows + r] = values[r * columns + c];
        return target;
    }

    /// <summary>Writes values in a plain type.</summary>
    public static void Write(Stream stream, ReadOnlySpan<float> values, TensorType type)
    {
        const int Piece = 1 << 16;
        BlockFormat format = BlockFormats.Get(type);
        byte[] bytes = new byte[Math.Min(Piece, values.Length) * format.BlockBytes];
        for (; values.Length > 0; values = values[Math.Min(Piece, values.Length)..])
        {
            int count = Math.Min(Piece, values.Length);
            format.Quantize(values[..count], bytes.AsSpan(0, count * format.BlockBytes));
            stream.Write(bytes, 0, count * format.BlockBytes);
        }
    }
}
