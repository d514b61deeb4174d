using System.Buffers;
using System.Globalization;
using System.Text.Json;
using Poise.Core.Chat;
using Poise.Core.Nano.Language;
using Poise.Core.Training.Data;
using Poise.Tensors.Formats;

namespace Poise.Core.Nano;

/// <summary>Conversations as lines of OpenAI's chat format, which training reads.</summary>
static class NanoJson
{
    /// <summary>One line, with its line feed.</summary>
    public static byte[] Line(NanoSample sample)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(buffer, JsonWriting.Plain)) Write(writer, sample);
        buffer.Write("\n"u8);
        return buffer.WrittenSpan.ToArray();
    }

    static void Write(Utf8JsonWriter writer, NanoSample sample)
    {
        writer.WriteStartObject();
        writer.WriteString("kind", sample.Kind);
        writer.WriteString("language", NanoTexts.Suffix(sample.Tongue));
        writer.WriteString("reasoning_effort", NameOf(sample.Effort));
        if (sample.Date is { } date) writer.WriteString("conversation_start_date", date.ToString(ConversationRecord.DateFormat, CultureInfo.InvariantCulture));
        WriteTools(writer, sample.Tools);
        writer.WriteStartArray("messages");
        for (int i = 0; i < sample.Messages.Count; i++) Write(writer, sample.Messages[i], sample.Counts(i));
        writer.WriteEndArray();
        writer.WriteEndObject();
    }

    internal static string NameOf(ReasoningEffort effort) => effort switch { ReasoningEffort.Low => "low", ReasoningEffort.Medium => "medium", _ => "high" };

    /// <summary>The property "tools", where there are any.</summary>
    internal static void WriteTools(Utf8JsonWriter writer, IReadOnlyList<ToolDefinition> tools)
    {
        if (tools.Count == 0) return;
        writer.WriteStartArray("tools");
        foreach (ToolDefinition tool in tools) Write(writer, tool);
        writer.WriteEndArray();
    }

    static void Write(Utf8JsonWriter writer, ToolDefinition tool)
    {
        writer.WriteStartObject();
        writer.WriteString("type", "function");
        writer.WriteStartObject("function");
        writer.WriteString("name", tool.Name);
        writer.WriteString("description", tool.Description);
        if (tool.Parameters is { } parameters)
        {
            writer.WritePropertyName("parameters");
            parameters.WriteTo(writer);
        }
        writer.WriteEndObject();
        writer.WriteEndObject();
    }

    /// <param name="counts">Whether training learns it, where it is the assistant's.</param>
    internal static void Write(Utf8JsonWriter writer, ChatMessage message, bool counts = true)
    {
        writer.WriteStartObject();
        writer.WriteString("role", message.Role switch { ChatRole.System => "system", ChatRole.Developer => "developer", ChatRole.User => "user", ChatRole.Assistant => "assistant", _ => "tool" });
        if (message.Reasoning is { } reasoning) writer.WriteString("thinking", reasoning);
        if (message.ToolCalls.Count == 0 || message.Text.Length > 0) writer.WriteString("content", message.Text);
        if (message.ToolCallId is { } id) writer.WriteString("tool_call_id", id);
        if (message.ToolCalls.Count > 0) WriteCalls(writer, message.ToolCalls);
        if (message.Role == ChatRole.Assistant && !counts) writer.WriteNumber("weight", 0);
        writer.WriteEndObject();
    }

    static void WriteCalls(Utf8JsonWriter writer, IReadOnlyList<ToolCall> calls)
    {
        writer.WriteStartArray("tool_calls");
        foreach (ToolCall call in calls)
        {
            writer.WriteStartObject();
            writer.WriteString("id", call.Id);
            writer.WriteString("type", "function");
            writer.WriteStartObject("function");
            writer.WriteString("name", call.Name);
            writer.WriteString("arguments", call.Arguments);
            writer.WriteEndObject();
            writer.WriteEndObject();
        }
        writer.WriteEndArray();
    }
}
