using Poise.Tensors;

namespace Poise.Core.Training.Graph;

/// <summary>Sends rows to their experts and adds up what comes back, weighted, in the order of the experts.</summary>
static class Experts
{
    /// <param name="expert">What one expert makes of its rows.</param>
    /// <param name="count">Of all experts.</param>
    public static Node Apply(Tape tape, Node x, Routing routing, int count, Func<int, Node, Node> expert)
    {
        var parts = new List<((int Row, int Place)[] Pairs, Node Result)>();
        for (int e = 0; e < count; e++)
        {
            (int Row, int Place)[] pairs = routing.RowsOf(e);
            if (pairs.Length > 0) parts.Add((pairs, expert(e, Gather(tape, x, pairs))));
        }

        return Combine(tape, x.Rows, routing.Weights, parts);
    }

    static Node Gather(Tape tape, Node x, (int Row, int Place)[] pairs)
    {
        FloatRows y = tape.Rent(pairs.Length, x.Columns);
        for (int i = 0; i < pairs.Length; i++) x.Value.Row(pairs[i].Row).CopyTo(y.Row(i));
        return tape.Record(y, x.NeedsGradient, node =>
        {
            // A row goes to an expert at most once, so the rows of one gather are outputs of their own.
            FloatRows dx = tape.GradientOf(x), dy = node.Gradient!;
            tape.Pool.For(pairs.Length, 8, (start, end, _) =>
            {
                for (int i = start; i < end; i++) Operations.AddTo(dx.Row(pairs[i].Row), dy.Row(i));
            });
        });
    }

    static Node Combine(Tape tape, int rows, Node weights, List<((int Row, int Place)[] Pairs, Node Result)> parts)
    {
        FloatRows y = tape.Rent(rows, parts[0].Result.Columns);
        y.All.Clear();
        foreach (((int Row, int Place)[] pairs, Node result) in parts)
        {
            tape.Pool.For(pairs.Length, 8, (start, end, _) =>
            {
                for (int i = start; i < end; i++) Operations.AddScaled(y.Row(pairs[i].Row), result.Value.Row(i), weights.Value.Row(pairs[i].Row)[pairs[i].Place]);
            });
        }

        return tape.Record(y, weights.NeedsGradient || parts.Any(p => p.Result.NeedsGradient), node =>
        {
            FloatRows dy = node.Gradient!, dw = tape.Rent(weights.Rows, weights.Columns);
            foreach (((int Row, int Place)[] pairs, Node result) in parts)
            {
                FloatRows share = tape.Rent(result.Rows, result.Columns);
                share.All.Clear();
                tape.Pool.For(pairs.Length, 8, (start, end, _) =>
                {
                    for (int i = start; i < end; i++)
                    {
                        (int row, int place) = pairs[i];
                        Operations.AddScaled(share.Row(i), dy.Row(row), weights.Value.Row(row)[place]);
                        dw.Row(row)[place] = GradientOperations.Dot(dy.Row(row), result.Value.Row(i));
                    }
                });
                tape.Give(result, share);
            }

            tape.Give(weights, dw);
        });
    }
}
