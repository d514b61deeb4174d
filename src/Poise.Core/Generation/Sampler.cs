using Poise.Tensors;
using Poise.Tensors.Kernels;

namespace Poise.Core.Generation;

/// <summary>
/// Chooses the next token: a pure function of (seed, position, logits), the same on any machine. Order: temperature, then
/// top-p, then the draw. Equal logits rank by the lower id first.
/// </summary>
public static class Sampler
{
    static readonly ulong s_stream = Philox.StreamOf("sampling");

    /// <param name="position">Tokens before the new one: the counter of the random numbers.</param>
    public static int Choose(ReadOnlySpan<float> logits, GenerationOptions options, int position)
    {
        int best = 0;
        for (int i = 0; i < logits.Length; i++)
        {
            if (float.IsNaN(logits[i])) throw new PoiseException($"The model computed NaN as the logit of token {i}: its weights are damaged, or its numbers overflow.");
            if (logits[i] > logits[best]) best = i;
        }

        if (options.Temperature == 0) return best;

        // Far-off tokens have no weight at all in double precision; leaving them out keeps the sort small.
        double inverse = 1.0 / options.Temperature;
        var candidates = new List<(int Id, double Weight)>();
        for (int i = 0; i < logits.Length; i++)
        {
            double z = (logits[i] - (double)logits[best]) * inverse;
            if (z > -60) candidates.Add((i, PreciseMath.Exp(z)));
        }

        candidates.Sort((a, b) => a.Weight != b.Weight ? b.Weight.CompareTo(a.Weight) : a.Id.CompareTo(b.Id));
        double total = 0;
        foreach ((_, double weight) in candidates) total += weight;
        int kept = candidates.Count;
        if (options.TopP < 1)
        {
            double reached = 0;
            for (kept = 0; kept < candidates.Count && reached < options.TopP * total; kept++) reached += candidates[kept].Weight;
            kept = Math.Max(kept, 1);
            total = 0;
            for (int i = 0; i < kept; i++) total += candidates[i].Weight;
        }

        // 53 random bits: a fraction of [0, 1) with every step of a double.
        (uint low, uint high, _, _) = Philox.Generate(options.Seed, s_stream, (ulong)position);
        double target = (((ulong)high << 32 | low) >> 11) * (1.0 / (1L << 53)) * total, sum = 0;
        for (int i = 0; i < kept; i++)
        {
            sum += candidates[i].Weight;
            if (target < sum) return candidates[i].Id;
        }

        return candidates[kept - 1].Id;
    }
}
