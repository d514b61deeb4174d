using System.Globalization;
using Poise.Tensors;

namespace Poise.Core.Generation;

/// <summary>The ranges of <see cref="GenerationOptions"/>: those of OpenAI's interface where it has the option.</summary>
public static class GenerationRules
{
    public const double MaximumTemperature = 2;
    public const double MinimumRepetitionPenalty = 0.01, MaximumRepetitionPenalty = 10;
    public const double MaximumPenalty = 2;
    public const double MaximumLogitBias = 100;
    public const int MaximumTopLogProbs = 20;

    /// <summary>Biased ids; OpenAI allows as many.</summary>
    public const int MaximumBiasedIds = 1024;

    public const int MaximumStopStrings = 16;

    /// <summary>UTF-16 units of one stop string.</summary>
    public const int MaximumStopLength = 256;

    public const int MaximumStopIds = 1024;

    internal static void Check(GenerationOptions options, int vocabularySize)
    {
        if (options.MaxTokens < 1) throw Wrong("max tokens", "at least 1", options.MaxTokens);
        CheckRange("temperature", options.Temperature, 0, MaximumTemperature);
        if (options.TopK < 0) throw Wrong("top-k", "0 (all tokens) or more", options.TopK);
        if (!(options.TopP > 0 && options.TopP <= 1)) throw Wrong("top-p", "above 0 and at most 1", options.TopP);
        CheckRange("min-p", options.MinP, 0, 1);
        CheckRange("repetition penalty", options.RepetitionPenalty, MinimumRepetitionPenalty, MaximumRepetitionPenalty);
        if (options.PenaltyWindow < 0) throw Wrong("penalty window", "0 (all tokens) or more", options.PenaltyWindow);
        CheckRange("frequency penalty", options.FrequencyPenalty, -MaximumPenalty, MaximumPenalty);
        CheckRange("presence penalty", options.PresencePenalty, -MaximumPenalty, MaximumPenalty);
        if (options.TopLogProbs is { } top) CheckRange("top log-probabilities", top, 0, MaximumTopLogProbs);
        if (options.LogitBias.Count > MaximumBiasedIds) throw Wrong("logit bias", $"given for at most {MaximumBiasedIds} ids", options.LogitBias.Count);
        foreach ((int id, double bias) in options.LogitBias)
        {
            CheckId("logit bias", id, vocabularySize);
            CheckRange($"logit bias of id {id}", bias, -MaximumLogitBias, MaximumLogitBias);
        }

        if (options.StopIds.Count > MaximumStopIds) throw Wrong("stop ids", $"at most {MaximumStopIds}", options.StopIds.Count);
        foreach (int id in options.StopIds) CheckId("stop ids", id, vocabularySize);
        CheckStopStrings(options.StopStrings);
    }

    internal static void CheckStopStrings(IReadOnlyList<string> stops)
    {
        if (stops.Count > MaximumStopStrings) throw Wrong("stop strings", $"at most {MaximumStopStrings}", stops.Count);
        foreach (string stop in stops)
        {
            if (stop.Length is 0 or > MaximumStopLength) throw Wrong("a stop string", $"of 1 to {MaximumStopLength} characters", stop.Length);
            for (int i = 0; i < stop.Length; i++)
            {
                if (!char.IsSurrogate(stop[i])) continue;
                if (i + 1 == stop.Length || !char.IsSurrogatePair(stop[i], stop[i + 1]))
                    throw new PoiseException("A stop string holds half a character (a lone surrogate): such text never comes, write the whole character.");
                i++;
            }
        }
    }

    // Written so that NaN fails as well.
    static void CheckRange(string name, double value, double minimum, double maximum)
    {
        if (!(value >= minimum && value <= maximum)) throw Wrong(name, string.Create(CultureInfo.InvariantCulture, $"from {minimum} to {maximum}"), value);
    }

    static void CheckId(string name, int id, int vocabularySize)
    {
        if (id < 0 || id >= vocabularySize)
            throw new PoiseException(string.Create(CultureInfo.InvariantCulture, $"{name}: id {id} is not one of this model's tokens, which are 0 to {vocabularySize - 1}."));
    }

    static PoiseException Wrong(string name, string range, double found) =>
        new(string.Create(CultureInfo.InvariantCulture, $"{name} must be {range}; it is {found}."));
}
