using Poise.Tensors.Kernels;

namespace Poise.Core.Generation;

/// <summary>Log-probabilities of a row of logits: log p(i) = logit(i) - largest - ln(sum of e^(logit - largest)), in double precision.</summary>
static class LogProbabilities
{
    /// <param name="best">The id of the largest logit, which is finite.</param>
    /// <param name="id">The token that was chosen.</param>
    /// <param name="top">How many of the likeliest to list.</param>
    public static TokenChoice Describe(ReadOnlySpan<float> logits, int best, int id, int top)
    {
        float largest = logits[best];
        double logSum = PreciseMath.Log(ExponentialWeights.Sum(logits, largest));
        TokenLogProb[] likeliest = top == 0 ? [] : Likeliest(logits, Math.Min(top, logits.Length));
        for (int i = 0; i < likeliest.Length; i++)
            likeliest[i] = likeliest[i] with { LogProb = likeliest[i].LogProb - largest - logSum };
        return new TokenChoice(id, (double)logits[id] - largest - logSum, likeliest);
    }

    /// <summary>The largest logits, ranked; in place of log-probabilities the logits themselves.</summary>
    static TokenLogProb[] Likeliest(ReadOnlySpan<float> logits, int count)
    {
        Span<int> ids = stackalloc int[GenerationRules.MaximumTopLogProbs];
        Span<float> values = stackalloc float[GenerationRules.MaximumTopLogProbs];
        int kept = RankCut.Find(logits, [], (ulong)count).Gather(logits, ids, values);
        var ranked = new List<TokenLogProb>(kept);
        for (int i = 0; i < kept; i++)
            if (!float.IsNegativeInfinity(values[i])) ranked.Add(new TokenLogProb(ids[i], values[i]));
        ranked.Sort((a, b) => a.LogProb != b.LogProb ? b.LogProb.CompareTo(a.LogProb) : a.Id.CompareTo(b.Id));
        return [.. ranked];
    }
}
