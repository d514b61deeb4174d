using Poise.Tensors;

namespace Poise.Core.Training.Graph;

/// <summary>Some columns of every row: the parts of a fused projection.</summary>
static class Columns
{
    public static Node Apply(Tape tape, Node x, int first, int count)
    {
        FloatRows y = tape.Rent(x.Rows, count);
        for (int t = 0; t < x.Rows; t++) x.Value.Row(t).Slice(first, count).CopyTo(y.Row(t));
        return tape.Record(y, x.NeedsGradient, node =>
        {
            FloatRows dx = tape.GradientOf(x), dy = node.Gradient!;
            for (int t = 0; t < x.Rows; t++) Operations.AddTo(dx.Row(t).Slice(first, count), dy.Row(t));
        });
    }

    /// <summary>y[t] = x[t] * factors, where factors[c] = weight[c] / divisors[c] and the divisors count as constants (DoRA).</summary>
    public static Node Scale(Tape tape, Node x, VectorWeight weight, float[] divisors)
    {
        float[] factors = [.. divisors.Select((d, c) => weight.Value.All[c] / d)];
        FloatRows y = Times(tape, x.Value, factors);
        return tape.Record(y, x.NeedsGradient || weight.IsTrained, node =>
        {
            FloatRows dy = node.Gradient!;
            if (weight.Gradient is { } target)
            {
                FloatRows sums = tape.Rent(1, x.Columns);
                sums.All.Clear();
                GradientOperations.AddColumnSums(tape.Pool, dy, x.Value, sums);
                for (int c = 0; c < x.Columns; c++) target.All[c] += sums.All[c] / divisors[c];
                tape.Return(sums);
            }

            if (x.NeedsGradient) tape.Give(x, Times(tape, dy, factors));
        });
    }

    /// <summary>y = factor x.</summary>
    public static Node Times(Tape tape, Node x, float factor)
    {
        float[] factors = new float[x.Columns];
        Array.Fill(factors, factor);
        return tape.Record(Times(tape, x.Value, factors), x.NeedsGradient, node => tape.Give(x, Times(tape, node.Gradient!, factors)));
    }

    static FloatRows Times(Tape tape, FloatRows x, float[] factors)
    {
        FloatRows y = tape.Rent(x.Rows, x.Columns);
        tape.Pool.For(x.Rows, 8, (start, end, _) =>
        {
            for (int t = start; t < end; t++)
            {
                Span<float> from = x.Row(t), to = y.Row(t);
                for (int c = 0; c < to.Length; c++) to[c] = from[c] * factors[c];
            }
        });
        return y;
    }
}
