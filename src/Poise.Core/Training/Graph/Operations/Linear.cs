using Poise.Tensors;

namespace Poise.Core.Training.Graph;

/// <summary>y = x W^T + b.</summary>
static class Linear
{
    /// <param name="weights">[rows, 1]: what the bias of each row is multiplied by, where x was already; or null.</param>
    /// <param name="unread">Whether no backward pass asks for the result, so that it need not be computed a second time: zeros stand for it then.</param>
    public static Node Apply(Tape tape, Node x, LinearWeight weight, VectorWeight? bias = null, Node? weights = null, bool unread = false)
    {
        FloatRows y = tape.Rent(x.Rows, weight.Outputs);
        if (unread && tape.Recomputing) y.All.Clear();
        else
        {
            weight.Forward(tape, x.Value, y);
            if (bias is not null) AddTo(tape, y, bias, weights);
        }

        return tape.Record(y, x.NeedsGradient || weight.IsTrained || bias is { IsTrained: true }, node =>
        {
            FloatRows dy = node.Gradient!;
            if (bias is not null) OfBias(tape, dy, bias, weights);
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
        AddTo(tape, y, bias, null);
        return tape.Record(y, x.NeedsGradient || bias.IsTrained, node =>
        {
            OfBias(tape, node.Gradient!, bias, null);
            tape.Give(x, node.TakeGradient());
        });
    }

    static void AddTo(Tape tape, FloatRows y, VectorWeight bias, Node? weights) => tape.Pool.For(y.Rows, 8, (start, end, _) =>
    {
        for (int t = start; t < end; t++)
        {
            if (weights is null) Operations.AddTo(y.Row(t), bias.Value.Row(0));
            else Operations.AddScaled(y.Row(t), bias.Value.Row(0), weights.Value.All[t]);
        }
    });

    static void OfBias(Tape tape, FloatRows dy, VectorWeight bias, Node? weights)
    {
        if (weights is { NeedsGradient: true })
        {
            FloatRows dw = tape.Rent(dy.Rows, 1);
            for (int t = 0; t < dy.Rows; t++) dw.All[t] = GradientOperations.Dot(dy.Row(t), bias.Value.Row(0));
            tape.Give(weights, dw);
        }

        if (bias.Gradient is not { } target) return;
        if (weights is null)
        {
            GradientOperations.AddColumnSums(tape.Pool, dy, null, target);
            return;
        }

        FloatRows factors = tape.Rent(dy.Rows, dy.Columns);
        for (int t = 0; t < dy.Rows; t++) factors.Row(t).Fill(weights.Value.All[t]);
        GradientOperations.AddColumnSums(tape.Pool, dy, factors, target);
        tape.Return(factors);
    }
}
