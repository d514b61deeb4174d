using Poise.Tensors;

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
    public static Routing Apply(Tape tape, Node logits, int perRow)
    {
        int[] experts = new int[logits.Rows * perRow];
        FloatRows y = tape.Rent(logits.Rows, perRow);
        for (int t = 0; t < logits.Rows; t++) Layers.Router.ChooseThenSoftmax(logits.Value.Row(t), experts.AsSpan(t * perRow, perRow), y.Row(t));
        return new Routing(experts, tape.Record(y, logits.NeedsGradient, node =>
        {
            FloatRows dx = tape.Rent(logits.Rows, logits.Columns);
            dx.All.Clear();
            for (int t = 0; t < logits.Rows; t++)
            {
                Span<float> w = node.Value.Row(t), dw = node.Gradient!.Row(t), to = dx.Row(t);
                double mean = 0;
                for (int i = 0; i < perRow; i++) mean += (double)w[i] * dw[i];
                for (int i = 0; i < perRow; i++) to[experts[t * perRow + i]] = (float)(w[i] * (dw[i] - mean));
            }

            tape.Give(logits, dx);
        }));
    }
}
