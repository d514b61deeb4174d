using System.Globalization;
using System.Text;
using System.Text.Json;
using Poise.Core.Chat;
using Poise.Tensors;

namespace Poise.Core.Training.Data;

/// <summary>Messages as OpenAI's chat format has them, with <c>thinking</c> for reasoning and <c>weight</c> for loss. Tools likewise.</summary>
static class MessageList
{
    /// <summary>Each message costs renderings, so a line has an end.</summary>
    const int MostMessages = 4096;

    /// <param name="counts">Whether the assistant's messages carry loss where they do not say so themselves.</param>
    public static ConversationRecord Read(JsonElement messages, string name, bool counts = true)
    {
        if (messages.ValueKind != JsonValueKind.Array) throw new PoiseException($"\"{name}\" is not a list of messages");
        if (messages.GetArrayLength() is 0 or > MostMessages) throw new PoiseException(messages.GetArrayLength() == 0 ? $"\"{name}\" is empty" : $"\"{name}\" holds more than {MostMessages:N0} messages");
        var read = new List<ChatMessage>();
        var weights = new List<bool>();
        foreach (JsonElement message in messages.EnumerateArray())
        {
            try
            {
                read.Add(ReadMessage(message, read));
                weights.Add(read[^1].Role == ChatRole.Assistant && Weight(message) && counts);
            }
            catch (PoiseException error)
            {
                throw new PoiseException($"message {weights.Count + 1} of \"{name}\": {error.Message}", error);
            }
        }
        return new ConversationRecord { Messages = read, Counts = weights };
    }

    /// <summary>A conversation with what stands beside its messages: <c>tools</c>, <c>reasoning_effort</c>, <c>date</c>.</summary>
    public static ConversationRecord WithSettings(ConversationRecord conversation, JsonElement line) =>
        conversation with { Tools = ReadTools(line), Effort = ReadEffort(line), Date = ReadDate(line) };

    // Tools: a list, or (in older sets) a text that holds one.
    static IReadOnlyList<ToolDefinition> ReadTools(JsonElement line)
    {
        if ((JsonFields.Find(line, "tools") ?? JsonFields.Find(line, "functions")) is not { } tools) return [];
        if (tools.ValueKind == JsonValueKind.String)
        {
            if (tools.GetString() is not { } text || string.IsNullOrWhiteSpace(text)) return [];
            using JsonDocument document = JsonFields.ParseAny(Encoding.UTF8.GetBytes(text));
            tools = document.RootElement.Clone();
        }
        if (tools.ValueKind != JsonValueKind.Array) throw new PoiseException("\"tools\" is not a list");
        return [.. tools.EnumerateArray().Select(ReadTool)];
    }

    static ReasoningEffort? ReadEffort(JsonElement line) => JsonFields.OptionalText(line, "reasoning_effort") switch
    {
        null => null,
        "low" => ReasoningEffort.Low,
        "medium" => ReasoningEffort.Medium,
        "high" => ReasoningEffort.High,
        _ => throw new PoiseException("\"reasoning_effort\" is none of low, medium, high"),
    };

    static DateOnly? ReadDate(JsonElement line)
    {
        if (JsonFields.OptionalText(line, "conversation_start_date") is not { } text) return null;
        return DateOnly.TryParseExact(text, ConversationRecord.DateFormat, CultureInfo.InvariantCulture, DateTimeStyles.None, out DateOnly date) ? date
            : throw new PoiseException("\"conversation_start_date\" is not a day written as yyyy-MM-dd, such as 2025-03-09; the model would be told it as the current date");
    }

    static ToolDefinition ReadTool(JsonElement tool)
    {
        if (tool.ValueKind != JsonValueKind.Object) throw new PoiseException("\"tools\" holds something else than objects");
        JsonElement function = JsonFields.Find(tool, "function") ?? tool;
        if (function.ValueKind != JsonValueKind.Object) throw new PoiseException("\"function\" of a tool is not an object");
        JsonElement? parameters = JsonFields.Find(function, "parameters");
        if (parameters is { ValueKind: not JsonValueKind.Object }) throw new PoiseException("\"parameters\" of a tool is not a JSON schema");
        return new ToolDefinition(JsonFields.Text(function, "name"), JsonFields.OptionalText(function, "description"), parameters);
    }

    static ChatMessage ReadMessage(JsonElement message, List<ChatMessage> before)
    {
        if (message.ValueKind != JsonValueKind.Object) throw new PoiseException("not an object");
        ChatRole role = JsonFields.Text(message, "role") switch
        {
            "system" => ChatRole.System,
            "developer" => ChatRole.Developer,
            "user" => ChatRole.User,
            "assistant" => ChatRole.Assistant,
            "tool" or "function" => ChatRole.Tool,
            _ => throw new PoiseException("\"role\" is none of system, developer, user, assistant, tool"),
        };
        IReadOnlyList<ContentPart>? content = ReadContent(message);
        if (role != ChatRole.Assistant)
            return new ChatMessage { Role = role, Content = content ?? throw new PoiseException("\"content\" is missing"), Name = JsonFields.OptionalText(message, "name"), ToolCallId = JsonFields.OptionalText(message, "tool_call_id") };
        IReadOnlyList<ToolCall> calls = ReadCalls(message, before);
        if (content is null && calls.Count == 0) throw new PoiseException("the assistant's message has neither \"content\" nor \"tool_calls\"");
        string? reasoning = JsonFields.OptionalText(message, "thinking") ?? JsonFields.OptionalText(message, "reasoning_content") ?? JsonFields.OptionalText(message, "reasoning");
        return new ChatMessage { Role = role, Content = content ?? [], Reasoning = string.IsNullOrEmpty(reasoning) ? null : reasoning, ToolCalls = calls };
    }

    static IReadOnlyList<ContentPart>? ReadContent(JsonElement message) => JsonFields.Find(message, "content") switch
    {
        null => null,
        { ValueKind: JsonValueKind.String } text => [new TextContent(text.GetString()!)],
        { ValueKind: JsonValueKind.Array } parts => [.. parts.EnumerateArray().Select(ReadPart)],
        _ => throw new PoiseException("\"content\" is neither a text nor a list of parts"),
    };

    static TextContent ReadPart(JsonElement part)
    {
        if (part.ValueKind != JsonValueKind.Object) throw new PoiseException("a part of \"content\" is not an object");
        return JsonFields.OptionalText(part, "type") is null or "text" ? new TextContent(JsonFields.Text(part, "text"))
            : throw new PoiseException("a part of \"content\" is not of type text; Poise trains on text only");
    }

    static IReadOnlyList<ToolCall> ReadCalls(JsonElement message, List<ChatMessage> before)
    {
        JsonElement? list = JsonFields.Find(message, "tool_calls"), single = JsonFields.Find(message, "function_call");
        if (list is { ValueKind: not JsonValueKind.Array }) throw new PoiseException("\"tool_calls\" is not a list");
        int known = before.Sum(m => m.ToolCalls.Count);
        if (list is null) return single is { } call ? [ReadCall(call, null, known)] : [];
        return
        [
            .. list.Value.EnumerateArray().Select((call, i) => call.ValueKind != JsonValueKind.Object ? throw new PoiseException("\"tool_calls\" holds something else than objects")
                : ReadCall(JsonFields.Find(call, "function") ?? call, JsonFields.OptionalText(call, "id"), known + i)),
        ];
    }

    /// <summary>A call: <c>name</c> and <c>arguments</c>.</summary>
    public static ToolCall ReadCall(JsonElement function, string? id, int number)
    {
        if (function.ValueKind != JsonValueKind.Object) throw new PoiseException("a call is not an object");
        string arguments = JsonFields.Find(function, "arguments") switch
        {
            null => "{}",
            { ValueKind: JsonValueKind.String } text => text.GetString()!,
            { ValueKind: JsonValueKind.Object } given => given.GetRawText(),
            _ => throw new PoiseException("\"arguments\" of a call are neither a text nor an object"),
        };
        return new ToolCall(id ?? $"call_{number}", JsonFields.Text(function, "name"), arguments);
    }

    /// <summary>Whether a message carries loss as far as it says so itself.</summary>
    public static bool Weight(JsonElement message) => JsonFields.Find(message, "weight") switch
    {
        null => true,
        { ValueKind: JsonValueKind.Number } number when number.TryGetDouble(out double weight) && weight is 0 or 1 => weight == 1,
        _ => throw new PoiseException("\"weight\" is neither 0 nor 1"),
    };
}
