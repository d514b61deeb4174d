using Poise.Core.Training;
using Poise.Tensors;
using Poise.Tensors.Kernels;

namespace Poise.Core.Training.Graph;

/// <summary>
/// ln p(target) of every row, [rows, 1], with the output matrix inside: logits exist for one block of the vocabulary and some
/// rows at a time, and are computed again in the backward pass. Rows without a target give 0. Sums over the vocabulary, and
/// in the gradient of x too, run block by block, from the first to the last.
/// </summary>
static class LogProbabilities
{
    /// <summary>Rows of the output matrix in a block, and rows of x at once: 64 MB of logits.</summary>
    const int Block = 4096;

    /// <param name="cap">Logits become cap tanh(logit / cap); 0 for none.</param>
    public static Node Apply(Tape tape, Node x, LinearWeight output, int[] targets, float cap = 0)
    {
        int[] rows = [.. Enumerable.Range(0, x.Rows).Where(t => targets[t] != TrainingBatch.Ignored)];
        foreach (int t in rows)
            if (targets[t] < 0 || targets[t] >= output.Outputs) throw new PoiseException($"A label is token {targets[t]}, and the model has tokens 0 to {output.Outputs - 1}.");
        FloatRows y = tape.Rent(x.Rows, 1);
        y.All.Clear();
        var chunks = rows.Chunk(Block).Select(r => new Chunk(r, [.. r.Select(t => targets[t])])).ToArray();
        foreach (Chunk chunk in chunks)
        {
            FloatRows own = Gather(tape, x.Value, chunk.Rows);
            for (int first = 0; first < output.Outputs; first += Block)
            {
                int count = Math.Min(Block, output.Outputs - first);
                FloatRows weight = output.Rows(tape, first, count), logits = tape.Rent(own.Rows, count);
                tape.Floats.Run(own, weight, logits);
                GradientOperations.AddLogits(tape.Pool, logits, cap, chunk.Largest, chunk.Sums);
                for (int i = 0; i < own.Rows; i++)
                    if (chunk.Targets[i] - first is >= 0 and var c && c < count) chunk.Logits[i] = logits.Row(i)[c];
                tape.Return(weight);
                tape.Return(logits);
            }

            tape.Return(own);
            for (int i = 0; i < chunk.Rows.Length; i++)
                y.All[chunk.Rows[i]] = (float)((double)chunk.Logits[i] - chunk.Largest[i] - PreciseMath.Log(chunk.Sums[i]));
        }

        return tape.Record(y, x.NeedsGradient || output.IsTrained, node =>
        {
            FloatRows dx = tape.Rent(x.Rows, x.Columns);
            dx.All.Clear();
            foreach (Chunk chunk in chunks) Backward(tape, x, output, cap, chunk, node.Gradient!, dx);
            tape.Give(x, dx);
        });
    }

    static void Backward(Tape tape, Node x, LinearWeight output, float cap, Chunk chunk, FloatRows gradient, FloatRows dx)
    {
        FloatRows own = Gather(tape, x.Value, chunk.Rows);
        float[] weights = [.. chunk.Rows.Select(t => gradient.All[t])];
        double[] scratch = new double[own.Rows];
        for (int first = 0; first < output.Outputs; first += Block)
        {
            int count = Math.Min(Block, output.Outputs - first);
            FloatRows weight = output.Rows(tape, first, count), logits = tape.Rent(own.Rows, count);
            tape.Floats.Run(own, weight, logits);
            // The second softmax goes nowhere; it caps the logits as in the forward pass.
            if (cap > 0) GradientOperations.AddLogits(tape.Pool, logits, cap, new float[own.Rows], scratch);
            GradientOperations.LogitGradient(tape.Pool, logits, cap, chunk.Largest, chunk.Sums, weights, [.. chunk.Targets.Select(t => t - first)]);
            if (output.IsTrained) output.AddGradient(tape, first, count, logits, own);
            if (x.NeedsGradient)
            {
                FloatRows panel = tape.Rent(weight.Columns, count), share = tape.Rent(own.Rows, own.Columns);
                GradientOperations.Transpose(tape.Pool, weight, panel);
                tape.Floats.Run(logits, panel, share);
                tape.Pool.For(own.Rows, 8, (start, end, _) =>
                {
                    for (int i = start; i < end; i++) Operations.AddTo(dx.Row(chunk.Rows[i]), share.Row(i));
                });
                tape.Return(panel);
                tape.Return(share);
            }

            tape.Return(weight);
            tape.Return(logits);
        }

        tape.Return(own);
    }

    static FloatRows Gather(Tape tape, FloatRows x, int[] rows)
    {
        FloatRows y = tape.Rent(rows.Length, x.Columns);
        for (int i = 0; i < rows.Length; i++) x.Row(rows[i]).CopyTo(y.Row(i));
        return y;
    }

    sealed class Chunk(int[] rows, int[] targets)
    {
        public int[] Rows { get; } = rows;
        public int[] Targets { get; } = targets;
        public float[] Logits { get; } = new float[rows.Length];
        public float[] Largest { get; } = [.. Enumerable.Repeat(float.NegativeInfinity, rows.Length)];
        public double[] Sums { get; } = new double[rows.Length];
    }
}
