using Poise.Tensors;

namespace Poise.Core.Training.Graph;

/// <summary>
/// Sends rows to their experts and adds up what comes back, in the order of the experts. Rows are weighted before an expert's last
/// matrix, which is linear, so that no gradient needs what it gave.
/// </summary>
static class Experts
{
    /// <param name="expert">What one expert makes of its rows and their weights, [rows, 1].</param>
    /// <param name="count">Of all experts.</param>
    public static Node Apply(Tape tape, Node x, Routing routing, int count, Func<int, Node, Node, Node> expert)
    {
        var parts = new List<((int Row, int Place)[] Pairs, Node Result)>();
        for (int e = 0; e < count; e++)
        {
            (int Row, int Place)[] pairs = routing.RowsOf(e);
            if (pairs.Length > 0) parts.Add((pairs, expert(e, Gather(tape, x, pairs), Weights(tape, routing.Weights, pairs))));
        }

        return Combine(tape, x.Rows, parts);
    }

    /// <summary>y[t] = w[t] x[t].</summary>
    public static Node Weigh(Tape tape, Node x, Node weights)
    {
        FloatRows y = Weighed(tape, x.Value, weights);
        return tape.Record(y, x.NeedsGradient || weights.NeedsGradient, node =>
        {
            FloatRows dy = node.Gradient!;
            if (weights.NeedsGradient)
            {
                FloatRows dw = tape.Rent(x.Rows, 1);
                for (int t = 0; t < x.Rows; t++) dw.All[t] = GradientOperations.Dot(dy.Row(t), x.Value.Row(t));
                tape.Give(weights, dw);
            }

            if (x.NeedsGradient) tape.Give(x, Weighed(tape, dy, weights));
        });
    }

    static FloatRows Weighed(Tape tape, FloatRows x, Node weights)
    {
        FloatRows y = tape.Rent(x.Rows, x.Columns);
        tape.Pool.For(x.Rows, 4, (start, end, _) =>
        {
            for (int t = start; t < end; t++)
            {
                float weight = weights.Value.All[t];
                Span<float> from = x.Row(t), to = y.Row(t);
                for (int i = 0; i < to.Length; i++) to[i] = from[i] * weight;
            }
        });
        return y;
    }

    static Node Gather(Tape tape, Node x, (int Row, int Place)[] pairs)
    {
        FloatRows y = tape.Rent(pairs.Length, x.Columns);
        for (int i = 0; i < pairs.Length; i++) x.Value.Row(pairs[i].Row).CopyTo(y.Row(i));
        return tape.Record(y, x.NeedsGradient, node => AddTo(tape, tape.GradientOf(x), node.Gradient!, pairs));
    }

    static Node Weights(Tape tape, Node weights, (int Row, int Place)[] pairs)
    {
        FloatRows y = tape.Rent(pairs.Length, 1);
        for (int i = 0; i < pairs.Length; i++) y.All[i] = weights.Value.Row(pairs[i].Row)[pairs[i].Place];
        return tape.Record(y, weights.NeedsGradient, node =>
        {
            FloatRows dw = tape.GradientOf(weights);
            for (int i = 0; i < pairs.Length; i++) dw.Row(pairs[i].Row)[pairs[i].Place] += node.Gradient!.All[i];
        });
    }

    static Node Combine(Tape tape, int rows, List<((int Row, int Place)[] Pairs, Node Result)> parts)
    {
        FloatRows y = tape.Rent(rows, parts[0].Result.Columns);
        y.All.Clear();
        if (!tape.Recomputing)
            foreach (((int Row, int Place)[] pairs, Node result) in parts) AddTo(tape, y, result.Value, pairs);
        return tape.Record(y, parts.Any(p => p.Result.NeedsGradient), node =>
        {
            FloatRows dy = node.Gradient!;
            foreach (((int Row, int Place)[] pairs, Node result) in parts)
            {
                FloatRows share = tape.Rent(result.Rows, result.Columns);
                for (int i = 0; i < pairs.Length; i++) dy.Row(pairs[i].Row).CopyTo(share.Row(i));
                tape.Give(result, share);
            }
        });
    }

    // A row goes to an expert at most once, so the rows of one expert are outputs of their own.
    static void AddTo(Tape tape, FloatRows target, FloatRows rows, (int Row, int Place)[] pairs) => tape.Pool.For(pairs.Length, 8, (start, end, _) =>
    {
        for (int i = start; i < end; i++) Operations.AddTo(target.Row(pairs[i].Row), rows.Row(i));
    });
}
