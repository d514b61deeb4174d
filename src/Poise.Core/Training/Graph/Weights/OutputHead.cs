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
}
