using Poise.Core.Generation;
using Poise.Tensors;
using Poise.Tensors.Kernels;

namespace Poise.Tests.Generation;

/// <summary>The formulas of docs/sampling.md, written down step by step with full sorts: slow, and nothing shared with the product but exp, ln and Philox.</summary>
static class NaiveSampler
{
    /// <summary>No token is possible, or bias and penalties made a logit infinite.</summary>
    public const int Impossible = -1;

    sealed record Candidate(int Id, float Logit, ulong Weight);

    public static int Choose(float[] logits, GenerationOptions o, int[] prompt, IReadOnlyList<int> generated, Func<int, bool>? allowed)
    {
        int[] text = [.. prompt, .. generated];
        int[] window = o.PenaltyWindow == 0 ? text : [.. text.TakeLast(o.PenaltyWindow)];
        var all = logits.Select((x, id) =>
        {
            if (o.LogitBias.TryGetValue(id, out double bias)) x = (float)(x + bias);
            if (o.RepetitionPenalty != 1 && window.Contains(id)) x = (float)(x > 0 ? x / o.RepetitionPenalty : x * o.RepetitionPenalty);
            int times = generated.Count(g => g == id);
            if (times > 0) x = (float)(x - (o.FrequencyPenalty * times + o.PresencePenalty));
            return allowed is null || allowed(id) ? x : float.NegativeInfinity;
        }).ToArray();

        var ranked = all.Select((x, id) => (Logit: x, Id: id)).OrderByDescending(c => c.Logit).ThenBy(c => c.Id).ToList();
        if (float.IsInfinity(ranked[0].Logit)) return Impossible;
        if (o.Temperature == 0) return ranked[0].Id;
        float largest = ranked[0].Logit;
        List<Candidate> kept = [.. ranked.Take(o.TopK == 0 ? int.MaxValue : o.TopK).Select(c => new Candidate(c.Id, c.Logit, Weight(c.Logit, largest, o.Temperature)))];
        if (o.TopP < 1)
        {
            UInt128 need = (UInt128)Math.Ceiling(o.TopP * Total(kept)), reached = 0;
            need = UInt128.Max(1, UInt128.Min(need, Total(kept)));
            int count = 0;
            while (reached < need) reached += kept[count++].Weight;
            kept = kept[..count];
        }

        kept = [.. kept.Where(c => c.Weight >= o.MinP * Math.ScaleB(1, 41)).OrderBy(c => c.Id)];
        (uint low, uint high, _, _) = Philox.Generate(o.Seed, Philox.StreamOf("sampling"), (ulong)text.Length);
        UInt128 target = ((UInt128)((ulong)high << 32 | low) * Total(kept)) >> 64, sum = 0;
        return kept.First(c => (sum += c.Weight) > target).Id;
    }

    public static TokenLogProb[] LogProbs(float[] logits)
    {
        double largest = logits.Max(), sum = logits.Sum(x => Math.Exp(x - largest));
        return [.. logits.Select((x, id) => new TokenLogProb(id, x - largest - Math.Log(sum)))];
    }

    static ulong Total(List<Candidate> candidates) => candidates.Aggregate(0UL, (sum, c) => checked(sum + c.Weight));

    /// <summary>round(2^41 e^z), ties to even.</summary>
    static ulong Weight(float logit, float largest, double temperature)
    {
        double z = ((double)logit - largest) / temperature;
        return z < -100 ? 0 : (ulong)Math.Round(Math.ScaleB(ExponentialWeights.Exp(z), 41), MidpointRounding.ToEven);
    }
}
