using Poise.Tensors;

namespace Poise.Core.Training.Graph;

/// <summary>y = x W^T + b.</summary>
static class Linear
{
    public static Node Apply(Tape tape, Node x, LinearWeight weight, VectorWeight? bias = null)
    {
        FloatRows y = tape.Rent(x.Rows, weight.Outputs);
        weight.Forward(tape, x.Value, y);
        if (bias is not null) AddTo(tape, y, bias);
        return tape.Record(y, x.NeedsGradient || weight.IsTrained || bias is { IsTrained: true }, node =>
        {
            FloatRows dy = node.Gradient!;
            if (bias?.Gradient is { } target) GradientOperations.AddColumnSums(tape.Pool, dy, null, target);
            if (weight.IsTrained) weight.AddGradient(tape, dy, x.Value);
            if (!x.NeedsGradient) return;
            FloatRows dx = tape.Rent(x.Rows, x.Columns);
            weight.Backward(tape, dy, dx);
            tape.Give(x, dx);
        });
    }

    public static Node AddBias(Tape tape, Node x, VectorWeight bias)
    {
        FloatRows y = tape.Rent(x.Rows, x.Columns);
        x.Value.All.CopyTo(y.All);
        AddTo(tape, y, bias);
        return tape.Record(y, x.NeedsGradient || bias.IsTrained, node =>
        {
            if (bias.Gradient is { } target) GradientOperations.AddColumnSums(tape.Pool, node.Gradient!, null, target);
            tape.Give(x, node.TakeGradient());
        });
    }

    static void AddTo(Tape tape, FloatRows y, VectorWeight bias) => tape.Pool.For(y.Rows, 8, (start, end, _) =>
    {
        for (int t = start; t < end; t++) Operations.AddTo(y.Row(t), bias.Value.Row(0));
    });
}
