using Poise.Tensors.Kernels;

namespace Poise.Core.Layers;

/// <summary>Chooses experts: the largest logits, the lower index first among equals.</summary>
public static class Router
{
    /// <summary>
    /// Softmax over the chosen logits only (gpt-oss). <paramref name="experts"/> and <paramref name="weights"/> [k] come out in
    /// ascending order of expert index, the order in which contributions are added.
    /// </summary>
    public static void ChooseThenSoftmax(ReadOnlySpan<float> logits, Span<int> experts, Span<float> weights)
    {
        Choose(logits, experts);
        float largest = float.NegativeInfinity;
        foreach (int e in experts) largest = Math.Max(largest, logits[e]);
        double sum = 0;
        for (int n = 0; n < experts.Length; n++)
        {
            weights[n] = (float)PreciseMath.Exp(Math.Max(-700, logits[experts[n]] - largest));
            sum += weights[n];
        }

        for (int n = 0; n < experts.Length; n++) weights[n] = (float)(weights[n] / sum);
    }

    /// <summary>The chosen of a softmax over all logits, as they are; the same order.</summary>
    public static void SoftmaxThenChoose(ReadOnlySpan<float> logits, Span<int> experts, Span<float> weights)
    {
        Choose(logits, experts);
        float largest = float.NegativeInfinity;
        foreach (float logit in logits) largest = Math.Max(largest, logit);
        double sum = 0;
        foreach (float logit in logits) sum += PreciseMath.Exp(Math.Max(-700, logit - largest));
        for (int n = 0; n < experts.Length; n++) weights[n] = (float)(PreciseMath.Exp(Math.Max(-700, logits[experts[n]] - largest)) / sum);
    }

    static void Choose(ReadOnlySpan<float> logits, Span<int> experts)
    {
        for (int n = 0; n < experts.Length; n++)
        {
            int best = -1;
            for (int e = 0; e < logits.Length; e++)
                if (!experts[..n].Contains(e) && (best < 0 || logits[e] > logits[best])) best = e;
            experts[n] = best;
        }

        experts.Sort();
    }
}
