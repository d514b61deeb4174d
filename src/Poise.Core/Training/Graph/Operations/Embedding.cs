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

    static void Copy(ReadOnlySpan<float> from, Span<float> to, float factor)
    {
        for (int i = 0; i < to.Length; i++) to[i] = from[i] * factor;
    }
}
