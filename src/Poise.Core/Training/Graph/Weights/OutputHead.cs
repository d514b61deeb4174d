using Poise.Tensors;

namespace Poise.Core.Training.Graph;

/// <summary>The output matrix, with what an adapter changes in it.</summary>
/// <param name="own">As the base has it.</param>
/// <param name="changed">The same with the rows that an adapter trains, where it does.</param>
sealed class OutputHead(LinearWeight own, LinearWeight changed, LoraPair? lora)
{
    /// <summary>ln p of every row's target: see <see cref="Graph.LogProbabilities"/>.</summary>
    /// <param name="adapted">False for the base model alone.</param>
    public Node LogProbabilities(Tape tape, Node x, int[] targets, bool adapted, float cap = 0)
    {
        if (!adapted || lora is null) return Graph.LogProbabilities.Apply(tape, x, adapted ? changed : own, targets, cap);
        Node factors = Columns.Times(tape, Linear.Apply(tape, x, new TrainedWeight(lora.A)), lora.Scale);
        List<LogitTerm> terms = [new(x, changed), new(factors, new TrainedWeight(lora.B))];
        if (lora.Bias is { } bias)
        {
            FloatRows scales = tape.Rent(x.Rows, 1);
            scales.All.Fill(lora.Scale);
            terms.Add(new(tape.Record(scales, false, _ => { }), TrainedWeight.OfColumn(bias)));
        }

        LogitScale? scale = lora.Magnitude is { } magnitude ? new(new VectorWeight(magnitude), new AdaptedLinear(changed, null, lora).Norms(tape)) : null;
        return Graph.LogProbabilities.Apply(tape, terms, scale, targets, cap);
    }

    /// <summary>The token with the largest logit, of equals the first.</summary>
    /// <param name="x">[1, hidden].</param>
    public int Likeliest(Tape tape, FloatRows x, bool adapted)
    {
        const int Block = 4096;
        LinearWeight weight = adapted ? changed : own;
        LoraPair? pair = adapted ? lora : null;
        float[]? norms = pair?.Magnitude is null ? null : new AdaptedLinear(changed, null, pair).Norms(tape);
        FloatRows? factors = pair is null ? null : tape.Rent(1, pair.A.Value.Rows);
        if (factors is not null) tape.Floats.Run(x, pair!.A.Value, factors);
        (int best, float most) = (0, float.NegativeInfinity);
        for (int first = 0; first < weight.Outputs; first += Block)
        {
            FloatRows rows = weight.Rows(tape, first, Math.Min(Block, weight.Outputs - first)), logits = tape.Rent(1, rows.Rows), change = tape.Rent(1, rows.Rows);
            tape.Floats.Run(x, rows, logits);
            if (factors is not null) tape.Floats.Run(factors, pair!.B.Value.Slice(first, rows.Rows), change);
            for (int i = 0; i < logits.Columns; i++)
            {
                float logit = logits.All[i];
                if (pair is not null) logit += pair.Scale * (change.All[i] + (pair.Bias is { } bias ? bias.Value.All[first + i] : 0));
                if (norms is not null) logit *= pair!.Magnitude!.Value.All[first + i] / norms[first + i];
                if (logit > most) (best, most) = (first + i, logit);
            }

            foreach (FloatRows used in (FloatRows[])[rows, logits, change]) tape.Return(used);
        }

        if (factors is not null) tape.Return(factors);
        return best;
    }
}
