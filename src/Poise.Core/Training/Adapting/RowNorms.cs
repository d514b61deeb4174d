using Poise.Core.Adapters;
using Poise.Tensors.Formats;
using Poise.Tensors.Matrices;

namespace Poise.Core.Training.Adapting;

/// <summary>The L2 norm of each output's weights, where DoRA's magnitudes begin.</summary>
static class RowNorms
{
    /// <summary>[out]; sums in double, inputs ascending.</summary>
    public static float[] Of(Checkpoint checkpoint, BaseParameter parameter)
    {
        // The files of GPT-2's publisher have no prefix.
        StoredTensor tensor = checkpoint.Has(parameter.Name) ? checkpoint.Get(parameter.Name) : checkpoint.Get(parameter.Name[(parameter.Name.IndexOf('.', StringComparison.Ordinal) + 1)..]);
        int columns = checked((int)tensor.Shape[^1]), rows = checked((int)(tensor.Elements / columns));
        MatrixSource source = MatrixSource.FromTensor(tensor, rows, columns);
        double[] squares = new double[parameter.Outputs];
        float[] row = new float[columns];
        for (int r = 0; r < rows; r++)
        {
            source.DecodeRow(r, row);
            for (int c = 0; c < columns; c++) squares[parameter.InputsFirst ? c : r] += (double)row[c] * row[c];
        }

        return Array.ConvertAll(squares, s => (float)Math.Sqrt(s));
    }
}
