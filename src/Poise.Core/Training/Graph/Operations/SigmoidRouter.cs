using Poise.Core.Layers;
using Poise.Tensors;

namespace Poise.Core.Training.Graph;

/// <summary>
/// DeepSeek-V3's choice (arXiv 2412.19437), as <see cref="GroupedRouter"/> makes it; the choice is a constant, and the weights are the
/// sigmoid scores over their sum, times a factor.
/// </summary>
/// <param name="groups">Experts lie in so many groups, of which <paramref name="groupsPerRow"/> can be chosen from.</param>
sealed class SigmoidRouter(int perRow, int groups, int groupsPerRow, bool normalise, float factor, float[] bias)
{
    public Routing Apply(Tape tape, Node logits)
    {
        int count = logits.Columns;
        int[] experts = new int[logits.Rows * perRow];
        double[] scores = new double[(long)logits.Rows * count];
        FloatRows y = tape.Rent(logits.Rows, perRow);
        for (int t = 0; t < logits.Rows; t++)
        {
            Span<double> own = scores.AsSpan(t * count, count);
            GroupedRouter.Sigmoids(logits.Value.Row(t), own);
            Span<int> chosen = experts.AsSpan(t * perRow, perRow);
            GroupedRouter.Largest(own, bias, groups, groupsPerRow, chosen);
            double sum = Sum(own, chosen);
            for (int i = 0; i < perRow; i++) y.Row(t)[i] = (float)(own[chosen[i]] / sum * factor);
        }

        return new Routing(experts, tape.Record(y, logits.NeedsGradient, node =>
        {
            FloatRows dx = tape.Rent(logits.Rows, count);
            dx.All.Clear();
            for (int t = 0; t < logits.Rows; t++)
            {
                Span<double> own = scores.AsSpan(t * count, count);
                Span<int> chosen = experts.AsSpan(t * perRow, perRow);
                double sum = Sum(own, chosen), mean = 0;
                if (normalise)
                    for (int i = 0; i < perRow; i++) mean += own[chosen[i]] / sum * node.Gradient!.Row(t)[i];
                for (int i = 0; i < perRow; i++)
                {
                    double s = own[chosen[i]];
                    dx.Row(t)[chosen[i]] = (float)(factor / sum * (node.Gradient!.Row(t)[i] - mean) * s * (1 - s));
                }
            }

            tape.Give(logits, dx);
        }));
    }

    double Sum(ReadOnlySpan<double> scores, ReadOnlySpan<int> chosen)
    {
        if (!normalise) return 1;
        double sum = 1e-20;
        foreach (int e in chosen) sum += scores[e];
        return sum;
    }
}
