using Poise.Tensors;

namespace Poise.Core.Training.Graph;

/// <summary>y = (x - mean) / sqrt(variance + eps) * weight + bias, row by row.</summary>
static class LayerNorm
{
    public static Node Apply(Tape tape, Node x, VectorWeight weight, VectorWeight bias, float epsilon)
    {
        FloatRows y = tape.Rent(x.Rows, x.Columns);
        Operations.LayerNorm(tape.Pool, x.Value, weight.Value.Row(0).ToArray(), bias.Value.Row(0).ToArray(), epsilon, y);
        return tape.Record(y, x.NeedsGradient || weight.IsTrained || bias.IsTrained, node =>
        {
            FloatRows dy = node.Gradient!, dx = tape.Rent(x.Rows, x.Columns), normed = tape.Rent(x.Rows, x.Columns);
            GradientOperations.LayerNorm(tape.Pool, x.Value, weight.Value, epsilon, dy, dx, normed);
            if (weight.Gradient is { } ofWeight) GradientOperations.AddColumnSums(tape.Pool, dy, normed, ofWeight);
            if (bias.Gradient is { } ofBias) GradientOperations.AddColumnSums(tape.Pool, dy, null, ofBias);
            tape.Return(normed);
            tape.Give(x, dx);
        });
    }
}
