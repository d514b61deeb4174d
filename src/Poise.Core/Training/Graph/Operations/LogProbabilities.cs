using Poise.Core.Training;
using Poise.Tensors;
using Poise.Tensors.Kernels;

namespace Poise.Core.Training.Graph;

/// <summary>One of the products that logits are the sum of: x W^T.</summary>
sealed record LogitTerm(Node X, LinearWeight Weight);

/// <summary>What the logits of each token are multiplied by: magnitude / norm, the norms counting as constants (DoRA).</summary>
sealed record LogitScale(VectorWeight Magnitudes, float[] Norms)
{
    /// <summary>Columns from the first on, each by its own.</summary>
    public void Multiply(FloatRows logits, int first)
    {
        for (int t = 0; t < logits.Rows; t++)
        {
            Span<float> row = logits.Row(t);
            for (int c = 0; c < row.Length; c++) row[c] *= Magnitudes.Value.All[first + c] / Norms[first + c];
        }
    }
}

/// <summary>
/// ln p(target) of every row, [rows, 1], with the output matrix inside: logits exist for one block of the vocabulary and some
/// rows at a time, and are computed again in the backward pass where the matrix is trained or capped. Rows without a target give 0.
/// Sums over the vocabulary, and in the gradient of x too, run block by block, from the first to the last.
/// </summary>
static class LogProbabilities
{
    /// <summary>Rows of the output matrix in a block, and rows of x at once: 64 MB of logits.</summary>
    public const int Block = 4096;

    /// <param name="cap">Logits become cap tanh(logit / cap); 0 for none.</param>
    public static Node Apply(Tape tape, Node x, LinearWeight output, int[] targets, float cap = 0) => Apply(tape, [new LogitTerm(x, output)], null, targets, cap);

    public static Node Apply(Tape tape, IReadOnlyList<LogitTerm> terms, LogitScale? scale, int[] targets, float cap)
    {
        int count = terms[0].X.Rows, vocabulary = terms[0].Weight.Outputs;
        int[] rows = [.. Enumerable.Range(0, count).Where(t => targets[t] != TrainingBatch.Ignored)];
        foreach (int t in rows)
            if (targets[t] < 0 || targets[t] >= vocabulary) throw new PoiseException($"A label is token {targets[t]}, and the model has tokens 0 to {vocabulary - 1}.");
        bool frozen = terms is [{ Weight.IsTrained: false, X.NeedsGradient: true }] && scale is null && cap == 0;
        if (tape.Gradients && frozen && rows.Length > 0) return FrozenLogProbabilities.Apply(tape, terms[0].X, terms[0].Weight, rows, targets);
        FloatRows y = tape.Rent(count, 1);
        y.All.Clear();
        var chunks = rows.Chunk(Block).Select(r => new Chunk(r, [.. r.Select(t => targets[t])])).ToArray();
        foreach (Chunk chunk in chunks)
        {
            FloatRows[] own = [.. terms.Select(term => Gather(tape, term.X.Value, chunk.Rows))];
            for (int first = 0; first < vocabulary; first += Block)
            {
                LinearWeight[] blocks = Blocks(terms, first);
                FloatRows logits = Logits(tape, blocks, own);
                scale?.Multiply(logits, first);
                GradientOperations.AddLogits(tape.Pool, logits, cap, chunk.Largest, chunk.Sums);
                for (int i = 0; i < logits.Rows; i++)
                    if (chunk.Targets[i] - first is >= 0 and var c && c < logits.Columns) chunk.Logits[i] = logits.Row(i)[c];
                tape.Return(logits);
            }

            foreach (FloatRows gathered in own) tape.Return(gathered);
            for (int i = 0; i < chunk.Rows.Length; i++)
                y.All[chunk.Rows[i]] = (float)((double)chunk.Logits[i] - chunk.Largest[i] - PreciseMath.Log(chunk.Sums[i]));
        }

        return tape.Record(y, terms.Any(term => term.X.NeedsGradient || term.Weight.IsTrained) || scale is { Magnitudes.IsTrained: true }, node =>
        {
            FloatRows?[] dx = [.. terms.Select(term => term.X.NeedsGradient ? tape.GradientOf(term.X) : null)];
            foreach (Chunk chunk in chunks) Backward(tape, terms, scale, cap, chunk, node.Gradient!, dx);
        });
    }

    static void Backward(Tape tape, IReadOnlyList<LogitTerm> terms, LogitScale? scale, float cap, Chunk chunk, FloatRows gradient, FloatRows?[] dx)
    {
        FloatRows[] own = [.. terms.Select(term => Gather(tape, term.X.Value, chunk.Rows))];
        float[] weights = [.. chunk.Rows.Select(t => gradient.All[t])];
        double[] scratch = new double[chunk.Rows.Length];
        for (int first = 0; first < terms[0].Weight.Outputs; first += Block)
        {
            LinearWeight[] blocks = Blocks(terms, first);
            FloatRows logits = Logits(tape, blocks, own);
            FloatRows? plain = scale is null ? null : tape.Rent(logits.Rows, logits.Columns);
            if (plain is not null) logits.All.CopyTo(plain.All);
            scale?.Multiply(logits, first);
            // The second softmax goes nowhere; it caps the logits as in the forward pass.
            if (cap > 0) GradientOperations.AddLogits(tape.Pool, logits, cap, new float[logits.Rows], scratch);
            GradientOperations.LogitGradient(tape.Pool, logits, cap, chunk.Largest, chunk.Sums, weights, [.. chunk.Targets.Select(t => t - first)]);
            if (plain is not null)
            {
                Magnitudes(tape, scale!, logits, plain, first);
                scale!.Multiply(logits, first);
                tape.Return(plain);
            }

            for (int n = 0; n < blocks.Length; n++)
            {
                if (blocks[n].IsTrained) blocks[n].AddGradient(tape, logits, own[n]);
                if (dx[n] is not { } target) continue;
                FloatRows share = tape.Rent(own[n].Rows, own[n].Columns);
                blocks[n].Backward(tape, logits, share);
                tape.Pool.For(share.Rows, 8, (start, end, _) =>
                {
                    for (int i = start; i < end; i++) Operations.AddTo(target.Row(chunk.Rows[i]), share.Row(i));
                });
                tape.Return(share);
            }

            tape.Return(logits);
        }

        foreach (FloatRows gathered in own) tape.Return(gathered);
    }

    static void Magnitudes(Tape tape, LogitScale scale, FloatRows gradient, FloatRows plain, int first)
    {
        if (scale.Magnitudes.Gradient is not { } target) return;
        FloatRows sums = tape.Rent(1, gradient.Columns);
        sums.All.Clear();
        GradientOperations.AddColumnSums(tape.Pool, gradient, plain, sums);
        for (int c = 0; c < gradient.Columns; c++) target.All[first + c] += sums.All[c] / scale.Norms[first + c];
        tape.Return(sums);
    }

    static LinearWeight[] Blocks(IReadOnlyList<LogitTerm> terms, int first) => [.. terms.Select(term => term.Weight.Block(first, Math.Min(Block, term.Weight.Outputs - first)))];

    static FloatRows Logits(Tape tape, LinearWeight[] blocks, FloatRows[] own)
    {
        FloatRows logits = tape.Rent(own[0].Rows, blocks[0].Outputs);
        blocks[0].Forward(tape, own[0], logits);
        for (int n = 1; n < blocks.Length; n++)
        {
            FloatRows more = tape.Rent(logits.Rows, logits.Columns);
            blocks[n].Forward(tape, own[n], more);
            Operations.Add(tape.Pool, logits, more);
            tape.Return(more);
        }

        return logits;
    }

    public static FloatRows Gather(Tape tape, FloatRows x, int[] rows)
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
