using System.Buffers;
using System.Text;
using System.Text.Json;
using Poise.Core.Chat;
using Poise.Core.Client;
using Poise.Core.Engine;
using Poise.Tensors.Formats;

namespace Poise.Cli.Output;

/// <summary>A finished answer as one line of JSON.</summary>
static class AnswerLine
{
    /// <param name="rawId">The id of the prompt as JSON, or null.</param>
    /// <param name="text">The answer's text as it was shown: without what stop strings cut off.</param>
    public static string Format(string? rawId, string text, Answer answer) => Line(rawId, writer =>
    {
        ChatMessage message = answer.Message!;
        SequenceStatistics statistics = answer.Statistics!;
        writer.WriteString("text"u8, text);
        if (message.Reasoning is { } reasoning) writer.WriteString("reasoning"u8, reasoning);
        if (message.ToolCalls.Count > 0)
        {
            writer.WriteStartArray("tool_calls"u8);
            foreach (ToolCall call in message.ToolCalls)
            {
                writer.WriteStartObject();
                writer.WriteString("id"u8, call.Id);
                writer.WriteString("name"u8, call.Name);
                writer.WriteString("arguments"u8, call.Arguments);
                writer.WriteEndObject();
            }

            writer.WriteEndArray();
        }

        writer.WriteString("finish_reason"u8, message.ToolCalls.Count > 0 ? "tool_calls" : answer.Finish == FinishReason.Stop ? "stop" : "length");
        writer.WriteStartObject("usage"u8);
        writer.WriteNumber("prompt_tokens"u8, statistics.PromptTokens);
        writer.WriteNumber("cached_tokens"u8, statistics.ReusedTokens);
        writer.WriteNumber("answer_tokens"u8, statistics.GeneratedTokens);
        writer.WriteNumber("reasoning_tokens"u8, answer.ReasoningTokens);
        writer.WriteNumber("drafted_tokens"u8, statistics.DraftedTokens);
        writer.WriteNumber("accepted_tokens"u8, statistics.AcceptedTokens);
        writer.WriteNumber("prompt_seconds"u8, Math.Round(statistics.Prompt.TotalSeconds, 6));
        writer.WriteNumber("answer_seconds"u8, Math.Round(statistics.Answer.TotalSeconds, 6));
        writer.WriteEndObject();
    });

    /// <summary>What went wrong with one prompt of several.</summary>
    public static string Error(string? rawId, string problem) => Line(rawId, writer => writer.WriteString("error"u8, problem));

    static string Line(string? rawId, Action<Utf8JsonWriter> write)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(buffer, JsonWriting.Plain))
        {
            writer.WriteStartObject();
            if (rawId is not null)
            {
                writer.WritePropertyName("id"u8);
                writer.WriteRawValue(rawId, skipInputValidation: true);
            }

            write(writer);
            writer.WriteEndObject();
        }

        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }
}
