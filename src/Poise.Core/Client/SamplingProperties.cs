using System.Globalization;
using System.Text.Json;
using Poise.Core.Generation;

namespace Poise.Core.Client;

/// <summary>
/// Sampling options for which Microsoft.Extensions.AI has no property, as entries of <c>ChatOptions.AdditionalProperties</c>:
/// <c>min_p</c>, <c>repetition_penalty</c> and <c>penalty_window</c> are numbers, <c>logit_bias</c> is a text like
/// <c>42=-5,43=1.5</c>, <c>stop_ids</c> one like <c>7,8</c>.
/// </summary>
public static class SamplingProperties
{
    static readonly Dictionary<string, Func<GenerationOptions, object, GenerationOptions?>> s_rows = new(StringComparer.Ordinal)
    {
        ["min_p"] = (options, value) => Number(value) is { } number ? options with { MinP = number } : null,
        ["repetition_penalty"] = (options, value) => Number(value) is { } number ? options with { RepetitionPenalty = number } : null,
        ["penalty_window"] = (options, value) => Number(value) is { } number && number == Math.Floor(number) && Math.Abs(number) <= int.MaxValue ? options with { PenaltyWindow = (int)number } : null,
        ["logit_bias"] = (options, value) => Biases(value) is { } biases ? options with { LogitBias = biases } : null,
        ["stop_ids"] = (options, value) => Ids(value) is { } ids ? options with { StopIds = ids } : null,
    };

    public static IReadOnlyCollection<string> Names => s_rows.Keys;

    /// <summary>The options with one entry applied, or null where the name is unknown or the value of the wrong kind. Ranges are checked later.</summary>
    internal static GenerationOptions? Apply(string name, object value, GenerationOptions options) =>
        s_rows.TryGetValue(name, out Func<GenerationOptions, object, GenerationOptions?>? row) ? row(options, value) : null;

    static double? Number(object value) => value switch
    {
        double number => number,
        float number => number,
        int number => number,
        long number => number,
        JsonElement { ValueKind: JsonValueKind.Number } number => number.GetDouble(),
        _ => null,
    };

    static string? Text(object value) => value as string ?? (value is JsonElement { ValueKind: JsonValueKind.String } json ? json.GetString() : null);

    static Dictionary<int, double>? Biases(object value)
    {
        if (Text(value) is not { } text) return null;
        var biases = new Dictionary<int, double>();
        foreach (string entry in text.Split(',', StringSplitOptions.RemoveEmptyEntries))
        {
            string[] parts = entry.Split('=');
            if (parts.Length != 2 || !int.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out int id)
                || !double.TryParse(parts[1], NumberStyles.Float, CultureInfo.InvariantCulture, out double bias) || !biases.TryAdd(id, bias)) return null;
        }

        return biases;
    }

    static List<int>? Ids(object value)
    {
        if (Text(value) is not { } text) return null;
        var ids = new List<int>();
        foreach (string entry in text.Split(',', StringSplitOptions.RemoveEmptyEntries))
        {
            if (!int.TryParse(entry, NumberStyles.None, CultureInfo.InvariantCulture, out int id)) return null;
            ids.Add(id);
        }

        return ids;
    }
}
