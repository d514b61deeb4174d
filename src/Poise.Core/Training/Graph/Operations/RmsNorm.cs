using Poise.Tensors;

namespace Poise.Core.Training.Graph;

/// <summary>y = x / sqrt(mean(x^2) + eps) * weight over pieces of a row as long as the weight: whole rows, or every head by itself.</summary>
static class RmsNorm
{
    /// <param name="plusOne">Whether the stored weight counts from 1 (Gemma).</param>
    public static Node Apply(Tape tape, Node x, VectorWeight weight, float epsilon, bool plusOne = false)
    {
        int width = weight.Length;
        FloatRows factor = Factor(weight, plusOne), y = tape.Rent(x.Rows, x.Columns), pieces = x.Value.Reshape(width);
        Operations.RmsNorm(tape.Pool, pieces, factor.Row(0).ToArray(), epsilon, y.Reshape(width));
        return tape.Record(y, x.NeedsGradient || weight.IsTrained, node =>
        {
            FloatRows dy = node.Gradient!, dx = tape.Rent(x.Rows, x.Columns);
            FloatRows? normed = weight.IsTrained ? tape.Rent(x.Rows, x.Columns) : null;
            GradientOperations.RmsNorm(tape.Pool, x.Value.Reshape(width), factor, epsilon, dy.Reshape(width), dx.Reshape(width), normed?.Reshape(width));
            if (normed is not null)
            {
                GradientOperations.AddColumnSums(tape.Pool, dy.Reshape(width), normed.Reshape(width), weight.Gradient!);
                tape.Return(normed);
            }

            tape.Give(x, dx);
        });
    }

    static FloatRows Factor(VectorWeight weight, bool plusOne)
    {
        if (!plusOne) return weight.Value;
        FloatRows factor = new FloatRows(weight.Length).Resize(1);
        for (int i = 0; i < weight.Length; i++) factor.All[i] = 1 + weight.Value.All[i];
        return factor;
    }
}
