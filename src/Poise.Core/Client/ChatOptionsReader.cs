using System.Globalization;
using Microsoft.Extensions.AI;
using Poise.Core.Chat;
using Poise.Core.Generation;
using Effort = Poise.Core.Chat.ReasoningEffort;

namespace Poise.Core.Client;

/// <summary>
/// <see cref="ChatOptions"/> as the engine's own options. Everything in them is honoured or refused by name with a
/// <see cref="NotSupportedException"/>: nothing is passed over in silence.
/// </summary>
static class ChatOptionsReader
{
    public static GenerationOptions Generation(ChatOptions? options, GenerationOptions defaults, IChatClient client)
    {
        if (options is null) return defaults;
        GenerationOptions result = options.RawRepresentationFactory?.Invoke(client) switch
        {
            null => defaults,
            GenerationOptions own => own,
            var other => throw Refuse(nameof(options.RawRepresentationFactory), $"it must give {nameof(GenerationOptions)}, not {other.GetType().Name}"),
        };
        result = result with
        {
            MaxTokens = options.MaxOutputTokens ?? result.MaxTokens,
            Temperature = Number(options.Temperature) ?? result.Temperature,
            TopK = options.TopK ?? result.TopK,
            TopP = Number(options.TopP) ?? result.TopP,
            FrequencyPenalty = Number(options.FrequencyPenalty) ?? result.FrequencyPenalty,
            PresencePenalty = Number(options.PresencePenalty) ?? result.PresencePenalty,
            Seed = options.Seed is { } seed ? unchecked((ulong)seed) : result.Seed,
            StopStrings = options.StopSequences is { Count: > 0 } stops ? [.. stops] : result.StopStrings,
        };
        foreach ((string name, object? value) in options.AdditionalProperties ?? [])
        {
            if (value is not null) result = SamplingProperties.Apply(name, value, result) ?? throw Refuse(nameof(options.AdditionalProperties),
                $"\"{name}\" is unknown or has no fitting value; known are {string.Join(", ", SamplingProperties.Names)}, and {nameof(options.RawRepresentationFactory)} may give {nameof(GenerationOptions)}");
        }

        return result;
    }

    // 0.8 as a person wrote it, not the float beside it: the same text as with the same number elsewhere.
    static double? Number(float? value) => value is { } number ? double.Parse(number.ToString(CultureInfo.InvariantCulture), CultureInfo.InvariantCulture) : null;

    public static void Check(ChatOptions? options, string model)
    {
        if (options is null) return;
        if (options.ConversationId is not null) throw Refuse(nameof(options.ConversationId), "conversations are not kept here; send all messages each time");
        if (options.ModelId is { } id && id != model) throw Refuse(nameof(options.ModelId), $"this client runs \"{model}\", not \"{id}\"");
        if (options.AllowBackgroundResponses is true) throw Refuse(nameof(options.AllowBackgroundResponses), "answers run while they are read");
        if (options.ContinuationToken is not null) throw Refuse(nameof(options.ContinuationToken), "answers run while they are read");
        if (options.ResponseFormat is not (null or ChatResponseFormatText)) throw Refuse(nameof(options.ResponseFormat), "only text");
        if (options.ToolMode is not (null or AutoChatToolMode or NoneChatToolMode)) throw Refuse(nameof(options.ToolMode), "only auto and none");
        if (options.Reasoning?.Output is ReasoningOutput.Summary) throw Refuse("Reasoning.Output", "a summary is not written; full and none are possible");
    }

    public static Effort? Effort(ChatOptions? options) => options?.Reasoning?.Effort switch
    {
        null => null,
        Microsoft.Extensions.AI.ReasoningEffort.Low => Chat.ReasoningEffort.Low,
        Microsoft.Extensions.AI.ReasoningEffort.Medium => Chat.ReasoningEffort.Medium,
        Microsoft.Extensions.AI.ReasoningEffort.High => Chat.ReasoningEffort.High,
        var other => throw Refuse("Reasoning.Effort", $"low, medium and high are possible, not {other}"),
    };

    public static IReadOnlyList<ToolDefinition> Tools(ChatOptions? options)
    {
        if (options?.Tools is not { Count: > 0 } tools || options.ToolMode is NoneChatToolMode) return [];
        var definitions = new List<ToolDefinition>();
        foreach (AITool tool in tools)
        {
            if (tool is not AIFunctionDeclaration function) throw Refuse(nameof(options.Tools), $"\"{tool.Name}\" is a {tool.GetType().Name}; only functions can be called");
            if (definitions.Exists(other => other.Name == function.Name)) throw Refuse(nameof(options.Tools), $"\"{function.Name}\" is there twice");
            definitions.Add(new ToolDefinition(function.Name, function.Description.Length > 0 ? function.Description : null, function.JsonSchema));
        }

        return definitions;
    }

    static NotSupportedException Refuse(string option, string why) => new($"ChatOptions.{option} cannot be honoured: {why}.");
}
