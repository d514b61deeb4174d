using Poise.Tensors;

namespace Poise.Core.Training.Graph;

/// <summary>y = a + factor b.</summary>
static class Add
{
    public static Node Apply(Tape tape, Node a, Node b, float factor = 1)
    {
        FloatRows y = tape.Rent(a.Rows, a.Columns);
        a.Value.All.CopyTo(y.All);
        AddScaled(tape, y, b.Value, factor);
        return tape.Record(y, a.NeedsGradient || b.NeedsGradient, node =>
        {
            FloatRows dy = node.TakeGradient();
            if (b.NeedsGradient)
            {
                FloatRows share = tape.Rent(b.Rows, b.Columns);
                if (factor == 1) dy.All.CopyTo(share.All);
                else
                {
                    share.All.Clear();
                    AddScaled(tape, share, dy, factor);
                }

                tape.Give(b, share);
            }

            tape.Give(a, dy);
        });
    }

    static void AddScaled(Tape tape, FloatRows target, FloatRows rows, float factor)
    {
        if (factor == 1)
        {
            Operations.Add(tape.Pool, target, rows);
            return;
        }

        tape.Pool.For(target.Rows, 8, (start, end, _) =>
        {
            for (int t = start; t < end; t++) Operations.AddScaled(target.Row(t), rows.Row(t), factor);
        });
    }
}
