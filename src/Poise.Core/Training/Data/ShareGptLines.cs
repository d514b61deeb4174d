using System.Text;
using System.Text.Json;
using Poise.Core.Chat;
using Poise.Tensors;

namespace Poise.Core.Training.Data;

/// <summary>ShareGPT's format: <c>conversations</c> of <c>from</c> and <c>value</c>; <c>system</c> and <c>tools</c> may stand beside.</summary>
static class ShareGptLines
{
    const int MostMessages = 4096;

    public static ConversationRecord Read(JsonElement line)
    {
        if (JsonFields.Find(line, "conversations") is not { ValueKind: JsonValueKind.Array } turns) throw new PoiseException("\"conversations\" is not a list");
        // Sets that were half converted have the other format's messages under this name.
        if (JsonFields.IsListOf(turns, JsonValueKind.Object) && JsonFields.Find(turns[0], "role") is not null)
            return MessageList.WithSettings(MessageList.Read(turns, "conversations"), line);
        if (turns.GetArrayLength() is 0 or > MostMessages) throw new PoiseException(turns.GetArrayLength() == 0 ? "\"conversations\" is empty" : $"\"conversations\" holds more than {MostMessages:N0} turns");
        var messages = new List<ChatMessage>();
        var counts = new List<bool>();
        if (JsonFields.OptionalText(line, "system") is { Length: > 0 } system) Add(ChatMessage.Of(ChatRole.System, system), false);
        foreach (JsonElement turn in turns.EnumerateArray())
        {
            if (turn.ValueKind != JsonValueKind.Object) throw new PoiseException("a turn of \"conversations\" is not an object");
            ChatMessage message = ReadTurn(turn, messages);
            Add(message, message.Role == ChatRole.Assistant && MessageList.Weight(turn));
        }
        return MessageList.WithSettings(new ConversationRecord { Messages = messages, Counts = counts }, line);

        void Add(ChatMessage message, bool counted)
        {
            messages.Add(message);
            counts.Add(counted);
        }
    }

    static ChatMessage ReadTurn(JsonElement turn, List<ChatMessage> before)
    {
        string value = JsonFields.Text(turn, "value");
        return JsonFields.Text(turn, "from") switch
        {
            "human" or "user" => ChatMessage.Of(ChatRole.User, value),
            "gpt" or "assistant" or "model" or "chatgpt" => ChatMessage.Of(ChatRole.Assistant, value),
            "system" => ChatMessage.Of(ChatRole.System, value),
            "function_call" => ReadCall(value, before.Sum(message => message.ToolCalls.Count)),
            "tool" or "observation" or "function_response" => Result(value, before.LastOrDefault(message => message.ToolCalls.Count > 0)?.ToolCalls[^1]),
            _ => throw new PoiseException("\"from\" is none of human, gpt, system, function_call, observation"),
        };
    }

    static ChatMessage Result(string value, ToolCall? call) => call is null ? throw new PoiseException("a tool's result answers no call")
        : ChatMessage.Of(ChatRole.Tool, value) with { ToolCallId = call.Id, Name = call.Name };

    static ChatMessage ReadCall(string value, int number)
    {
        using JsonDocument document = JsonFields.Parse(Encoding.UTF8.GetBytes(value));
        return new ChatMessage { Role = ChatRole.Assistant, ToolCalls = [MessageList.ReadCall(document.RootElement, null, number)] };
    }
}
