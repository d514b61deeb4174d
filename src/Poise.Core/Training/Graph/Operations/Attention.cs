using Poise.Tensors;

namespace Poise.Core.Training.Graph;

/// <summary>Causal attention within every document of the batch.</summary>
static class Attention
{
    public static Node Apply(Tape tape, Node q, Node k, Node v, AttentionShape shape, int[] starts, VectorWeight? sinks = null)
    {
        FloatRows y = tape.Rent(q.Rows, shape.Heads * shape.ValueSize), statistics = tape.Rent(2, q.Rows * shape.Heads + 16);
        tape.Attention.Forward(shape, q.Value, k.Value, v.Value, starts, sinks?.Value, y, statistics);
        return tape.Record(y, q.NeedsGradient || k.NeedsGradient || v.NeedsGradient || sinks is { IsTrained: true }, node =>
        {
            FloatRows dq = tape.Rent(q.Rows, q.Columns), dk = tape.Rent(k.Rows, k.Columns), dv = tape.Rent(v.Rows, v.Columns);
            FloatRows? dsinks = sinks is { IsTrained: true } ? tape.Rent(q.Rows, shape.Heads) : null;
            tape.Attention.Backward(shape, q.Value, k.Value, v.Value, starts, sinks?.Value, node.Value, statistics, node.Gradient!, dq, dk, dv, dsinks);
            if (dsinks is not null)
            {
                GradientOperations.AddColumnSums(tape.Pool, dsinks, null, sinks!.Gradient!);
                tape.Return(dsinks);
            }

            tape.Give(q, dq);
            tape.Give(k, dk);
            tape.Give(v, dv);
        }).Keep(statistics);
    }
}
