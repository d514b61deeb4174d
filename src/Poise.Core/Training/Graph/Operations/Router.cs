using Poise.Tensors;
using Poise.Tensors.Kernels;

namespace Poise.Core.Training.Graph;

/// <summary>Which experts each row takes, ascending, and their weights as a node [rows, per row].</summary>
sealed record Routing(int[] Experts, Node Weights)
{
    /// <summary>(row, place in the row) of every row that takes an expert, in row order.</summary>
    public (int Row, int Place)[] RowsOf(int expert)
    {
        int k = Weights.Columns;
        return [.. Enumerable.Range(0, Experts.Length).Where(i => Experts[i] == expert).Select(i => (i / k, i % k))];
    }
}

/// <summary>Softmax over the chosen logits; the choice is a constant.</summary>
static class Router
{
    /// <param name="balance">
    /// Weight of a loss that is least where all experts are chosen equally often: n sum over experts of f P, f the share of choices that fell on
    /// an expert and P the mean of the softmax over all n logits (Fedus et al., "Switch Transformers", 2021). It enters gradients alone. 0 for none.
    /// </param>
    public static Routing Apply(Tape tape, Node logits, int perRow, double balance = 0)
    {
        int[] experts = new int[logits.Rows * perRow];
        FloatRows y = tape.Rent(logits.Rows, perRow);
        for (int t = 0; t < logits.Rows; t++) Layers.Router.ChooseThenSoftmax(logits.Value.Row(t), experts.AsSpan(t * perRow, perRow), y.Row(t));
        return new Routing(experts, tape.Record(y, logits.NeedsGradient, node =>
        {
            FloatRows dx = tape.Rent(logits.Rows, logits.Columns);
            dx.All.Clear();
            if (balance > 0) AddBalance(logits.Value, experts, balance, dx);
            for (int t = 0; t < logits.Rows; t++)
            {
                Span<float> w = node.Value.Row(t), dw = node.Gradient!.Row(t), to = dx.Row(t);
                double mean = 0;
                for (int i = 0; i < perRow; i++) mean += (double)w[i] * dw[i];
                for (int i = 0; i < perRow; i++) to[experts[t * perRow + i]] += (float)(w[i] * (dw[i] - mean));
            }

            tape.Give(logits, dx);
        }));
    }

    static void AddBalance(FloatRows logits, int[] experts, double weight, FloatRows dx)
    {
        int count = logits.Columns;
        double[] shares = new double[count], softmax = new double[count];
        foreach (int e in experts) shares[e] += 1.0 / experts.Length;
        for (int t = 0; t < logits.Rows; t++)
        {
            Span<float> row = logits.Row(t), to = dx.Row(t);
            float largest = float.NegativeInfinity;
            foreach (float logit in row) largest = MathF.Max(largest, logit);
            double sum = 0, mean = 0;
            for (int e = 0; e < count; e++) sum += softmax[e] = PreciseMath.Exp(Math.Max(-700, row[e] - largest));
            for (int e = 0; e < count; e++) mean += shares[e] * (softmax[e] /= sum);
            for (int e = 0; e < count; e++) to[e] += (float)(weight * count / logits.Rows * softmax[e] * (shares[e] - mean));
        }
    }
}
