using Poise.Tensors;
using Poise.Tensors.Matrices;

namespace Poise.Core.Training.Graph;

/// <summary>Rows of a table by index, times a factor. In the table's gradient the rows of one index are added in their order.</summary>
static class Embedding
{
    public static Node Apply(Tape tape, Parameter table, int[] indices, float factor = 1)
    {
        FloatRows y = tape.Rent(indices.Length, table.Value.Columns);
        for (int t = 0; t < indices.Length; t++) Copy(table.Value.Row(indices[t]), y.Row(t), factor);
        return tape.Record(y, true, node =>
        {
            FloatRows dy = node.Gradient!;
            // An index is one thread's: its rows in their order.
            int[][] groups = [.. Enumerable.Range(0, indices.Length).GroupBy(t => indices[t]).Select(g => g.ToArray())];
            tape.Pool.For(groups.Length, 4, (start, end, _) =>
            {
                for (int g = start; g < end; g++)
                    foreach (int t in groups[g]) Operations.AddScaled(table.Gradient.Row(indices[t]), dy.Row(t), factor);
            });
        });
    }

    public static Node Apply(Tape tape, MatrixSource table, int[] indices, float factor = 1)
    {
        FloatRows y = tape.Rent(indices.Length, table.Columns);
        for (int t = 0; t < indices.Length; t++)
        {
            table.DecodeRow(indices[t], y.Row(t));
            Copy(y.Row(t), y.Row(t), factor);
        }

        return tape.Record(y, false, _ => { });
    }

    /// <summary>y[t, j] = table[j, indices[t]]: columns of a factor by index. Those of one index are added in their order.</summary>
    public static Node Columns(Tape tape, Parameter table, int[] indices)
    {
        int rank = table.Value.Rows;
        FloatRows y = tape.Rent(indices.Length, rank);
        for (int t = 0; t < indices.Length; t++)
            for (int j = 0; j < rank; j++) y.Row(t)[j] = table.Value.Row(j)[indices[t]];
        return tape.Record(y, true, node =>
        {
            FloatRows dy = node.Gradient!;
            for (int j = 0; j < rank; j++)
            {
                Span<float> target = table.Gradient.Row(j);
                for (int t = 0; t < indices.Length; t++) target[indices[t]] += dy.Row(t)[j];
            }
        });
    }

    /// <summary>x, but where a table has rows of their own for an index, those times a factor.</summary>
    public static Node Replace(Tape tape, Node x, TableRows rows, int[] indices, float factor)
    {
        FloatRows y = tape.Rent(x.Rows, x.Columns);
        x.Value.All.CopyTo(y.All);
        for (int t = 0; t < indices.Length; t++)
            if (rows.At.TryGetValue(indices[t], out int n)) Copy(rows.Values.Value.Row(n), y.Row(t), factor);
        return tape.Record(y, true, node =>
        {
            FloatRows dy = node.TakeGradient();
            for (int t = 0; t < indices.Length; t++)
            {
                if (!rows.At.TryGetValue(indices[t], out int n)) continue;
                Operations.AddScaled(rows.Values.Gradient.Row(n), dy.Row(t), factor);
                dy.Row(t).Clear();
            }

            tape.Give(x, dy);
        });
    }

    static void Copy(ReadOnlySpan<float> from, Span<float> to, float factor)
    {
        for (int i = 0; i < to.Length; i++) to[i] = from[i] * factor;
    }
}
