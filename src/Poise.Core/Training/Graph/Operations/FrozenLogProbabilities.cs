using Poise.Tensors;
using Poise.Tensors.Kernels;

namespace Poise.Core.Training.Graph;

/// <summary>
/// <see cref="LogProbabilities"/> over an output matrix that is not trained. The gradient of ln p(target) with respect to x is
/// W[target] - sum of p W: the sum is taken up together with the softmax, block by block, and rescaled when a larger logit comes,
/// so that logits are computed once and not a second time on the way back. The numbers themselves have the same bits.
/// </summary>
static class FrozenLogProbabilities
{
    /// <param name="rows">Those that have a target.</param>
    public static Node Apply(Tape tape, Node x, LinearWeight output, int[] rows, int[] targets)
    {
        FloatRows y = tape.Rent(x.Rows, 1), pulls = tape.Rent(rows.Length, x.Columns);
        y.All.Clear();
        for (int first = 0; first < rows.Length; first += LogProbabilities.Block)
        {
            int[] own = rows[first..Math.Min(rows.Length, first + LogProbabilities.Block)];
            Chunk(tape, x, output, own, [.. own.Select(t => targets[t])], y, pulls.Slice(first, own.Length));
        }

        return tape.Record(y, true, node =>
        {
            FloatRows dx = tape.GradientOf(x);
            for (int i = 0; i < rows.Length; i++) Operations.AddScaled(dx.Row(rows[i]), pulls.Row(i), node.Gradient!.All[rows[i]]);
        }).Keep(pulls);
    }

    static void Chunk(Tape tape, Node x, LinearWeight output, int[] rows, int[] targets, FloatRows y, FloatRows pulls)
    {
        float[] largest = [.. Enumerable.Repeat(float.NegativeInfinity, rows.Length)], before = new float[rows.Length], chosen = new float[rows.Length];
        double[] sums = new double[rows.Length];
        FloatRows own = LogProbabilities.Gather(tape, x.Value, rows), share = tape.Rent(rows.Length, x.Columns);
        pulls.All.Clear();
        for (int first = 0; first < output.Outputs; first += LogProbabilities.Block)
        {
            LinearWeight block = output.Block(first, Math.Min(LogProbabilities.Block, output.Outputs - first));
            FloatRows logits = tape.Rent(rows.Length, block.Outputs);
            block.Forward(tape, own, logits);
            for (int i = 0; i < rows.Length; i++)
                if (targets[i] - first is >= 0 and var c && c < block.Outputs) chosen[i] = logits.Row(i)[c];
            largest.CopyTo(before, 0);
            GradientOperations.AddLogits(tape.Pool, logits, 0, largest, sums);
            GradientOperations.Exponentials(tape.Pool, logits, largest);
            block.Backward(tape, logits, share);
            tape.Pool.For(rows.Length, 8, (start, end, _) =>
            {
                for (int i = start; i < end; i++)
                {
                    Span<float> sum = pulls.Row(i);
                    if (largest[i] != before[i])
                    {
                        float factor = (float)PreciseMath.Exp(Math.Max(-700, (double)before[i] - largest[i]));
                        foreach (ref float value in sum) value *= factor;
                    }

                    Operations.AddTo(sum, share.Row(i));
                }
            });
            tape.Return(logits);
        }

        for (int i = 0; i < rows.Length; i++)
        {
            y.All[rows[i]] = (float)((double)chosen[i] - largest[i] - PreciseMath.Log(sums[i]));
            FloatRows target = output.Rows(tape, targets[i], 1);
            Operations.AddScaled(target.Row(0), pulls.Row(i), (float)(-1 / sums[i]));
            target.All.CopyTo(pulls.Row(i));
            tape.Return(target);
        }

        tape.Return(own);
        tape.Return(share);
    }
}
