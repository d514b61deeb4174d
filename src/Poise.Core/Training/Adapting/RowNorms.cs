using Poise.Core.Adapters;
using Poise.Core.Training.Graph;
using Poise.Tensors.Matrices;

namespace Poise.Core.Training.Adapting;

/// <summary>The L2 norm of each output's weights, where DoRA's magnitudes begin.</summary>
static class RowNorms
{
    /// <summary>Of a matrix or table that DoRA adapts.</summary>
    public static float[] Of(BaseWeights weights, BaseParameter parameter, AdapterBase @base)
    {
        MatrixSource source = weights.Of(parameter, @base);
        return parameter.Kind == BaseKind.Table ? OfTable(source) : Of(source);
    }

    // [out]; sums in double, inputs ascending.
    static float[] Of(MatrixSource matrix)
    {
        float[] norms = new float[matrix.Rows], row = new float[matrix.Columns];
        for (int r = 0; r < norms.Length; r++)
        {
            matrix.DecodeRow(r, row);
            double sum = 0;
            foreach (float value in row) sum += (double)value * value;
            norms[r] = (float)Math.Sqrt(sum);
        }

        return norms;
    }

    // The elements of a table are its outputs: [dim]; rows ascending.
    static float[] OfTable(MatrixSource table)
    {
        float[] row = new float[table.Columns];
        double[] sums = new double[table.Columns];
        for (int r = 0; r < table.Rows; r++)
        {
            table.DecodeRow(r, row);
            for (int c = 0; c < row.Length; c++) sums[c] += (double)row[c] * row[c];
        }

        return Array.ConvertAll(sums, sum => (float)Math.Sqrt(sum));
    }
}
