namespace Poise.Core.Generation;

/// <summary>
/// What changes logits before anything is chosen, in this order: bias, repetition penalty, frequency and presence penalty, mask.
/// Each step computes in double precision and rounds once, to the float that the next one reads; ids are independent of one another.
/// </summary>
static class LogitAdjustments
{
    public static bool IsNeeded(GenerationOptions options) =>
        options.LogitBias.Count > 0 || options.RepetitionPenalty != 1 || options.FrequencyPenalty != 0 || options.PresencePenalty != 0;

    public static void Apply(GenerationOptions options, TokenHistory history, Span<float> logits)
    {
        foreach ((int id, double bias) in options.LogitBias) logits[id] = (float)(logits[id] + bias);
        if (history.SeenCounts is { } seen)
            foreach (int id in seen.Keys)
                logits[id] = (float)(logits[id] > 0 ? logits[id] / options.RepetitionPenalty : logits[id] * options.RepetitionPenalty);
        if (options.FrequencyPenalty == 0 && options.PresencePenalty == 0) return;
        foreach ((int id, int count) in history.GeneratedCounts)
            logits[id] = (float)(logits[id] - (options.FrequencyPenalty * count + options.PresencePenalty));
    }

    /// <summary>Negative infinity for every id whose bit is 0.</summary>
    public static void Apply(ReadOnlySpan<ulong> allowed, Span<float> logits)
    {
        for (int word = 0; word < allowed.Length; word++)
        {
            ulong bits = allowed[word];
            Span<float> group = logits[(word * 64)..Math.Min(logits.Length, word * 64 + 64)];
            if (bits == ulong.MaxValue) continue;
            if (bits == 0)
            {
                group.Fill(float.NegativeInfinity);
                continue;
            }

            for (int i = 0; i < group.Length; i++)
                if ((bits >> i & 1) == 0) group[i] = float.NegativeInfinity;
        }
    }
}
