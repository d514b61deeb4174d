using System.Buffers;
using System.Globalization;
using Poise.Tensors;
using Poise.Tensors.Kernels;

namespace Poise.Core.Generation;

/// <summary>
/// Chooses the next token: a pure function of (seed, position, logits), the same on any machine. Order: temperature, top-k,
/// top-p, min-p, draw. Equal logits rank by the lower id first. Weights are whole numbers, so no sum depends on its order.
/// </summary>
public static class Sampler
{
    // At (logit - largest) / temperature below -29.2 a weight rounds to 0 and can never be drawn.
    const double WeightlessBelow = -30;

    static readonly ulong s_stream = Philox.StreamOf("sampling");

    /// <param name="logits">After bias, penalties and mask.</param>
    /// <param name="position">Tokens before the new one: the counter of the random numbers.</param>
    public static int Choose(ReadOnlySpan<float> logits, GenerationOptions options, int position)
    {
        int best = FindLargest(logits);
        if (options.Temperature == 0 || options.TopK == 1) return best;
        int[] ids = ArrayPool<int>.Shared.Rent(logits.Length);
        float[] values = ArrayPool<float>.Shared.Rent(logits.Length);
        ulong[] weights = ArrayPool<ulong>.Shared.Rent(logits.Length);
        try
        {
            int count = options.TopK > 0 && options.TopK < logits.Length
                ? RankCut.Find(logits, [], (ulong)options.TopK).Gather(logits, ids, values)
                : GatherAbove(logits, (float)(logits[best] + WeightlessBelow * options.Temperature), ids, values);
            ExponentialWeights.Fill(values.AsSpan(0, count), logits[best], options.Temperature, weights);
            if (options.TopP < 1) count = CutTopP(options.TopP, ids, values, weights, count);
            if (options.MinP > 0) count = CutMinP(options.MinP, ids, weights, count);
            return ids[Draw(weights.AsSpan(0, count), options.Seed, position)];
        }
        finally
        {
            ArrayPool<int>.Shared.Return(ids);
            ArrayPool<float>.Shared.Return(values);
            ArrayPool<ulong>.Shared.Return(weights);
        }
    }

    /// <summary>The id of the largest logit. Throws where there is none, or where the numbers are broken.</summary>
    internal static int FindLargest(ReadOnlySpan<float> logits)
    {
        (int id, bool isNaN) = LogitScan.Largest(logits);
        if (isNaN) throw new PoiseException(string.Create(CultureInfo.InvariantCulture, $"The model computed NaN as the logit of token {id}: its weights are damaged, or its numbers overflow."));
        if (id < 0) throw new PoiseException("No token can come next: every logit is negative infinity. A mask or grammar allows none, or the model's numbers are damaged.");
        if (float.IsPositiveInfinity(logits[id]))
            throw new PoiseException(string.Create(CultureInfo.InvariantCulture, $"The logit of token {id} is infinite: the model's weights are damaged, or its numbers overflow."));
        return id;
    }

    static int GatherAbove(ReadOnlySpan<float> logits, float floor, int[] ids, float[] values)
    {
        int count = 0;
        for (int i = 0; i < logits.Length; i++)
        {
            ids[count] = i;
            values[count] = logits[i];
            count += logits[i] >= floor ? 1 : 0;
        }
        return count;
    }

    /// <summary>The likeliest candidates until they have p of the weight, at least one. Moves them to the front in their order.</summary>
    static int CutTopP(double p, int[] ids, float[] values, ulong[] weights, int count)
    {
        ulong total = Sum(weights.AsSpan(0, count));
        ulong need = Math.Clamp((ulong)Math.Ceiling(p * total), 1, total);
        RankCut cut = RankCut.Find(values.AsSpan(0, count), weights.AsSpan(0, count), need);
        int kept = 0, ties = cut.Ties;
        for (int i = 0; i < count; i++)
        {
            if (values[i] < cut.Value || (values[i] == cut.Value && --ties < 0)) continue;
            (ids[kept], weights[kept]) = (ids[i], weights[i]);
            kept++;
        }
        return kept;
    }

    static int CutMinP(double p, int[] ids, ulong[] weights, int count)
    {
        ulong least = (ulong)Math.Ceiling(p * ExponentialWeights.One);
        int kept = 0;
        for (int i = 0; i < count; i++)
        {
            if (weights[i] < least) continue;
            (ids[kept], weights[kept]) = (ids[i], weights[i]);
            kept++;
        }
        return kept;
    }

    /// <summary>The index at which the running sum first exceeds a random number below the sum of all.</summary>
    static int Draw(ReadOnlySpan<ulong> weights, ulong seed, int position)
    {
        (uint low, uint high, _, _) = Philox.Generate(seed, s_stream, (ulong)position);
        ulong target = Math.BigMul((ulong)high << 32 | low, Sum(weights), out _), sum = 0;
        int i = -1;
        do sum += weights[++i];
        while (sum <= target);
        return i;
    }

    static ulong Sum(ReadOnlySpan<ulong> weights)
    {
        ulong sum = 0;
        foreach (ulong weight in weights) sum += weight;
        return sum;
    }
}
