using Poise.Tensors.Kernels;

namespace Poise.Core.Layers;

/// <summary>
/// The choice of DeepSeek-V2 and V3 (arXiv 2405.04434, 2412.19437): experts lie in groups; first the best groups, then the best
/// experts in those, the lower index first among equals.
/// </summary>
/// <param name="groupsPerToken">So many of the <paramref name="groups"/> can be chosen from.</param>
/// <param name="bias">[experts]. With it, the manner of V3: scores are sigmoids, the bias steers the choice and not the weights, and
/// a group counts as the sum of its best two. Without it, the manner of V2: softmax over all, a group counts as its best.</param>
/// <param name="normalise">Whether the weights are divided by their sum.</param>
/// <param name="factor">Multiplies the weights.</param>
public sealed class GroupedRouter(int groups, int groupsPerToken, float[]? bias, bool normalise, float factor)
{
    public void Choose(ReadOnlySpan<float> logits, Span<int> experts, Span<float> weights)
    {
        double[] scores = new double[logits.Length];
        double sum = 1e-20;
        if (bias is not null) Sigmoids(logits, scores);
        else Softmax(logits, scores);
        Largest(scores, bias, groups, groupsPerToken, experts);
        foreach (int e in experts) sum += scores[e];
        for (int n = 0; n < experts.Length; n++) weights[n] = (float)(scores[experts[n]] / (normalise ? sum : 1) * factor);
    }

    /// <summary>The sigmoid of every logit.</summary>
    public static void Sigmoids(ReadOnlySpan<float> logits, Span<double> scores)
    {
        for (int e = 0; e < logits.Length; e++) scores[e] = 1 / (1 + PreciseMath.Exp(Math.Clamp(-(double)logits[e], -700, 700)));
    }

    /// <summary>The experts with the largest scores in the best groups, ascending.</summary>
    /// <param name="bias">Added for the choice; groups then count as the sum of their best two. Null: they count as their best.</param>
    public static void Largest(ReadOnlySpan<double> scores, float[]? bias, int groups, int groupsPerToken, Span<int> chosen)
    {
        int size = scores.Length / groups;
        double[] steered = new double[scores.Length], ranks = new double[groups];
        for (int e = 0; e < steered.Length; e++) steered[e] = scores[e] + (bias is null ? 0 : bias[e]);
        for (int g = 0; g < groups; g++)
        {
            double first = double.NegativeInfinity, second = double.NegativeInfinity;
            foreach (double value in steered.AsSpan(g * size, size))
            {
                if (value > first) (first, second) = (value, first);
                else if (value > second) second = value;
            }

            ranks[g] = bias is null || size == 1 ? first : first + second;
        }

        bool[] open = new bool[groups], taken = new bool[steered.Length];
        for (int n = 0; n < groupsPerToken; n++)
        {
            int best = -1;
            for (int g = 0; g < groups; g++)
                if (!open[g] && (best < 0 || ranks[g] > ranks[best])) best = g;
            open[best] = true;
        }

        for (int n = 0; n < chosen.Length; n++)
        {
            int best = -1;
            for (int e = 0; e < steered.Length; e++)
                if (open[e / size] && !taken[e] && (best < 0 || steered[e] > steered[best])) best = e;
            taken[best] = true;
            chosen[n] = best;
        }

        chosen.Sort();
    }

    static void Softmax(ReadOnlySpan<float> logits, Span<double> scores)
    {
        float largest = float.NegativeInfinity;
        foreach (float logit in logits) largest = Math.Max(largest, logit);
        double sum = 0;
        for (int e = 0; e < logits.Length; e++) sum += scores[e] = PreciseMath.Exp(Math.Max(-700, (double)logits[e] - largest));
        for (int e = 0; e < logits.Length; e++) scores[e] /= sum;
    }
}
