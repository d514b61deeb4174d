using System.Text.Json;
using Microsoft.Extensions.AI;

namespace Poise.Cli.Chat;

/// <summary>The sampling options of a conversation in its file. Those that Microsoft.Extensions.AI has no name for stand under "more".</summary>
static class SamplingJson
{
    const int MostStops = 64;
    const int MostExtras = 64;

    public static void Write(Utf8JsonWriter writer, ChatOptions options)
    {
        writer.WriteStartObject();
        Number(writer, "temperature", options.Temperature);
        Number(writer, "top_p", options.TopP);
        Number(writer, "frequency_penalty", options.FrequencyPenalty);
        Number(writer, "presence_penalty", options.PresencePenalty);
        if (options.TopK is { } topK) writer.WriteNumber("top_k", topK);
        if (options.Seed is { } seed) writer.WriteNumber("seed", seed);
        if (options.MaxOutputTokens is { } most) writer.WriteNumber("max_tokens", most);
        if (options.StopSequences is { Count: > 0 } stops)
        {
            writer.WriteStartArray("stop");
            foreach (string stop in stops) writer.WriteStringValue(stop);
            writer.WriteEndArray();
        }
        if (options.AdditionalProperties is { Count: > 0 } more)
        {
            writer.WriteStartObject("more");
            foreach ((string name, object? value) in more)
            {
                writer.WritePropertyName(name);
                JsonValues.Write(writer, value);
            }
            writer.WriteEndObject();
        }
        writer.WriteEndObject();
    }

    public static ChatOptions Read(JsonField field)
    {
        if (field.IsMissing) return new ChatOptions();
        field.Object();
        JsonField stops = field["stop"], more = field["more"];
        return new ChatOptions
        {
            Temperature = field["temperature"].OptionalNumber(),
            TopP = field["top_p"].OptionalNumber(),
            FrequencyPenalty = field["frequency_penalty"].OptionalNumber(),
            PresencePenalty = field["presence_penalty"].OptionalNumber(),
            TopK = field["top_k"].OptionalCount(),
            Seed = field["seed"].OptionalWhole(),
            MaxOutputTokens = field["max_tokens"].OptionalCount(),
            StopSequences = stops.IsMissing ? null : [.. stops.Items(MostStops).Select(stop => stop.Text())],
            AdditionalProperties = more.IsMissing ? null : ReadMore(more),
        };
    }

    static AdditionalPropertiesDictionary ReadMore(JsonField more)
    {
        var values = new AdditionalPropertiesDictionary();
        foreach ((string name, JsonField field) in more.Properties())
        {
            if (values.Count == MostExtras) throw more.Error($"more than {MostExtras} options");
            values[name] = field.Value.ValueKind switch
            {
                JsonValueKind.True => true,
                JsonValueKind.False => false,
                JsonValueKind.String => field.Text(),
                JsonValueKind.Number => field.Value.TryGetInt64(out long whole) ? whole : field.OptionalNumber() is not null ? field.Value.GetDouble() : 0.0,
                _ => throw field.Expected("a number, a text or a bool"),
            };
        }
        return values;
    }

    static void Number(Utf8JsonWriter writer, string name, float? value)
    {
        if (value is { } number) writer.WriteNumber(name, number);
    }
}
