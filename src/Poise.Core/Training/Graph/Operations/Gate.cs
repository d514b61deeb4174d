using Poise.Tensors;

namespace Poise.Core.Training.Graph;

/// <summary>What a gate lets through.</summary>
static class Gate
{
    public static Node Apply(Tape tape, GateKind kind, Node gate, Node up, float limit = 0)
    {
        FloatRows y = tape.Rent(gate.Rows, gate.Columns);
        GradientOperations.Gate(tape.Pool, kind, gate.Value, up.Value, y, limit);
        return tape.Record(y, gate.NeedsGradient || up.NeedsGradient, node =>
        {
            FloatRows dgate = tape.Rent(gate.Rows, gate.Columns), dup = tape.Rent(gate.Rows, gate.Columns);
            GradientOperations.GateGradient(tape.Pool, kind, gate.Value, up.Value, node.Gradient!, dgate, dup, limit);
            tape.Give(gate, dgate);
            tape.Give(up, dup);
        });
    }

    /// <summary>Of one array that holds gate 0, up 0, gate 1, up 1, ...</summary>
    public static Node Interleaved(Tape tape, GateKind kind, Node both, float limit = 0)
    {
        FloatRows y = tape.Rent(both.Rows, both.Columns / 2);
        FloatRows gate = Every(tape, both.Value, 0), up = Every(tape, both.Value, 1);
        GradientOperations.Gate(tape.Pool, kind, gate, up, y, limit);
        tape.Return(gate);
        tape.Return(up);
        return tape.Record(y, both.NeedsGradient, node =>
        {
            FloatRows g = Every(tape, both.Value, 0), u = Every(tape, both.Value, 1), dx = tape.Rent(both.Rows, both.Columns);
            GradientOperations.GateGradient(tape.Pool, kind, g, u, node.Gradient!, g, u, limit);
            tape.Pool.For(dx.Rows, 4, (start, end, _) =>
            {
                for (int t = start; t < end; t++)
                {
                    Span<float> to = dx.Row(t), first = g.Row(t), second = u.Row(t);
                    for (int i = 0; i < first.Length; i++) (to[2 * i], to[2 * i + 1]) = (first[i], second[i]);
                }
            });
            tape.Return(g);
            tape.Return(u);
            tape.Give(both, dx);
        });
    }

    /// <summary>y = gelu_tanh(x).</summary>
    public static Node Gelu(Tape tape, Node x)
    {
        FloatRows y = tape.Rent(x.Rows, x.Columns);
        x.Value.All.CopyTo(y.All);
        Operations.GeluTanh(tape.Pool, y);
        return tape.Record(y, x.NeedsGradient, node =>
        {
            FloatRows dx = tape.Rent(x.Rows, x.Columns), ones = tape.Rent(x.Rows, x.Columns);
            ones.All.Fill(1);
            GradientOperations.GateGradient(tape.Pool, GateKind.Gelu, x.Value, ones, node.Gradient!, dx, ones);
            tape.Return(ones);
            tape.Give(x, dx);
        });
    }

    static FloatRows Every(Tape tape, FloatRows both, int offset)
    {
        FloatRows rows = tape.Rent(both.Rows, both.Columns / 2);
        tape.Pool.For(both.Rows, 4, (start, end, _) =>
        {
            for (int t = start; t < end; t++)
            {
                Span<float> from = both.Row(t), to = rows.Row(t);
                for (int i = 0; i < to.Length; i++) to[i] = from[2 * i + offset];
            }
        });
        return rows;
    }
}
