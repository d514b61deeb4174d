using System.Globalization;
using Poise.Core.Generation;
using Poise.Core.Models;
using Poise.Tensors;
using Poise.Tensors.Formats;

namespace Poise.Core.Library;

/// <summary>How a model's publisher recommends to sample; null where nothing is said.</summary>
public sealed record GenerationDefaults
{
    /// <summary>Nothing is recommended.</summary>
    public static readonly GenerationDefaults None = new();

    public double? Temperature { get; init; }

    /// <summary>0: all tokens.</summary>
    public int? TopK { get; init; }

    public double? TopP { get; init; }

    public double? MinP { get; init; }

    public double? RepetitionPenalty { get; init; }

    /// <summary>The options with what is recommended in place of their own values.</summary>
    public GenerationOptions ApplyTo(GenerationOptions options) => options with
    {
        Temperature = Temperature ?? options.Temperature,
        TopK = TopK ?? options.TopK,
        TopP = TopP ?? options.TopP,
        MinP = MinP ?? options.MinP,
        RepetitionPenalty = RepetitionPenalty ?? options.RepetitionPenalty,
    };

    /// <summary>
    /// The keys of generation_config.json. do_sample false means greedy, whatever else stands there; do_sample true without a
    /// temperature means 1, as in transformers. Its top-k of 50 where a file names none is not taken over: no publisher chose it.
    /// </summary>
    internal static GenerationDefaults FromHuggingFace(JsonConfig config)
    {
        bool? sample = config.FindBool("do_sample");
        var read = new Reader(config.File, config.FindNumber);
        GenerationDefaults values = read.All("temperature", "top_k", "top_p", "min_p", "repetition_penalty");
        return sample switch
        {
            false => new GenerationDefaults { Temperature = 0, RepetitionPenalty = values.RepetitionPenalty },
            true => values with { Temperature = values.Temperature ?? 1 },
            null => values,
        };
    }

    /// <summary>The keys that llama.cpp's converter writes.</summary>
    internal static GenerationDefaults FromGguf(GgufMetadata metadata)
    {
        var read = new Reader(metadata.File, metadata.FindNumber);
        return read.All("general.sampling.temp", "general.sampling.top_k", "general.sampling.top_p", "general.sampling.min_p", "general.sampling.penalty_repeat");
    }

    /// <summary>One file's numbers, checked against the ranges of the options.</summary>
    readonly record struct Reader(string File, Func<string, double?> Find)
    {
        public GenerationDefaults All(string temperature, string topK, string topP, string minP, string repetition) => new()
        {
            Temperature = Number(temperature, 0, GenerationRules.MaximumTemperature),
            TopK = Count(topK),
            // 0 would keep nothing; transformers refuses it and llama.cpp keeps one token.
            TopP = Number(topP, double.Epsilon, 1),
            MinP = Number(minP, 0, 1),
            RepetitionPenalty = Number(repetition, GenerationRules.MinimumRepetitionPenalty, GenerationRules.MaximumRepetitionPenalty),
        };

        double? Number(string key, double minimum, double maximum)
        {
            if (Find(key) is not { } value) return null;
            if (value >= minimum && value <= maximum) return value;
            string range = minimum == double.Epsilon ? "above 0 and at most" : string.Create(CultureInfo.InvariantCulture, $"{minimum} to");
            throw new ModelFileException(File, key, string.Create(CultureInfo.InvariantCulture, $"expected {range} {maximum}, found {value}"));
        }

        /// <summary>-1 and 0 both mean all tokens, in files of either kind.</summary>
        int? Count(string key)
        {
            if (Find(key) is not { } value) return null;
            if (value != Math.Floor(value) || value < -1 || value > int.MaxValue)
                throw new ModelFileException(File, key, string.Create(CultureInfo.InvariantCulture, $"expected a whole number from -1, found {value}"));
            return Math.Max((int)value, 0);
        }
    }
}
