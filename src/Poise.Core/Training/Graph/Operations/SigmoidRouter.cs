using Poise.Tensors;
using Poise.Tensors.Kernels;

namespace Poise.Core.Training.Graph;

/// <summary>
/// DeepSeek-V3's choice (arXiv 2412.19437): sigmoid scores; a bias that only steers the choice; first the groups with the
/// largest sums of their best two, then the best experts in them. Weights are the scores over their sum, times a factor.
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
            for (int e = 0; e < count; e++) own[e] = 1 / (1 + PreciseMath.Exp(Math.Clamp(-(double)logits.Value.Row(t)[e], -700, 700)));
            Span<int> chosen = experts.AsSpan(t * perRow, perRow);
            Choose(own, chosen);
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

    // Ascending; the lower index first among equals.
    void Choose(ReadOnlySpan<double> scores, Span<int> chosen)
    {
        double[] steered = new double[scores.Length];
        for (int e = 0; e < steered.Length; e++) steered[e] = scores[e] + bias[e];
        int size = steered.Length / groups;
        int[] open = [.. Enumerable.Range(0, groups).OrderByDescending(g => steered.Skip(g * size).Take(size).OrderDescending().Take(2).Sum()).Take(groupsPerRow)];
        int[] best = [.. Enumerable.Range(0, steered.Length).Where(e => open.Contains(e / size)).OrderByDescending(e => steered[e]).Take(chosen.Length).Order()];
        best.CopyTo(chosen);
    }
}
