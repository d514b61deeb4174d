using System.Text.Encodings.Web;
using System.Text.Json;
using Microsoft.Extensions.AI;
using Poise.Core.Chat;
using Message = Poise.Core.Chat.ChatMessage;
using Role = Poise.Core.Chat.ChatRole;
using Text = Poise.Core.Chat.TextContent;

namespace Poise.Core.Client;

/// <summary>Messages of Microsoft.Extensions.AI as Poise's own. What a text model cannot take is refused by name.</summary>
static class MessageReader
{
    static readonly JsonSerializerOptions s_compact = new(AIJsonUtilities.DefaultOptions) { WriteIndented = false, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static List<Message> Read(IEnumerable<Microsoft.Extensions.AI.ChatMessage> messages, string? instructions)
    {
        var result = new List<Message>();
        if (!string.IsNullOrEmpty(instructions)) result.Add(Message.Of(Role.System, instructions));
        foreach (Microsoft.Extensions.AI.ChatMessage message in messages) Add(message, result);
        return result;
    }

    static void Add(Microsoft.Extensions.AI.ChatMessage message, List<Message> result)
    {
        Role role = RoleOf(message.Role);
        var texts = new List<ContentPart>();
        var calls = new List<ToolCall>();
        string reasoning = "";
        int before = result.Count;
        foreach (AIContent content in message.Contents)
        {
            switch (content)
            {
                case Microsoft.Extensions.AI.TextContent text: texts.Add(new Text(text.Text)); break;
                case TextReasoningContent thought: reasoning += thought.Text; break;
                case FunctionCallContent call: calls.Add(new ToolCall(call.CallId, call.Name, Arguments(call))); break;
                case FunctionResultContent answer: result.Add(ToolResult(answer, result)); break;
                case UsageContent: break; // a count, not something that was said
                default: throw new NotSupportedException($"A message holds {content.GetType().Name}: this model reads text, tool calls and their results.");
            }
        }

        bool onlyResults = result.Count > before && texts.Count == 0 && calls.Count == 0 && reasoning.Length == 0;
        if (onlyResults) return;
        if (role == Role.Tool) throw new NotSupportedException("A message of the role tool holds something else than results of calls.");
        result.Add(new Message { Role = role, Content = texts, Reasoning = reasoning.Length > 0 ? reasoning : null, ToolCalls = calls, Name = message.AuthorName });
    }

    static Role RoleOf(Microsoft.Extensions.AI.ChatRole role) => role.Value switch
    {
        "system" => Role.System,
        "developer" => Role.Developer,
        "user" => Role.User,
        "assistant" => Role.Assistant,
        "tool" => Role.Tool,
        var other => throw new NotSupportedException($"The role \"{other}\" is unknown; known are system, developer, user, assistant and tool."),
    };

    static Message ToolResult(FunctionResultContent answer, List<Message> before)
    {
        ToolCall? call = before.SelectMany(message => message.ToolCalls).LastOrDefault(call => call.Id == answer.CallId)
            ?? throw new NotSupportedException($"A result answers the call \"{answer.CallId}\", which no message before it makes.");
        string text = answer.Result switch
        {
            null => answer.Exception is { } failure ? $"Error: {failure.Message}" : "null",
            string plain => plain,
            JsonElement { ValueKind: JsonValueKind.String } json => json.GetString()!,
            JsonElement json => json.GetRawText(),
            var other => JsonSerializer.Serialize(other, s_compact.GetTypeInfo(other.GetType())),
        };
        return new Message { Role = Role.Tool, Name = call.Name, ToolCallId = answer.CallId, Content = [new Text(text)] };
    }

    static string Arguments(FunctionCallContent call)
    {
        if (call.AdditionalProperties?.TryGetValue(ChatKeys.ArgumentsText, out object? written) == true && written is string text) return text;
        return call.Arguments is null ? "{}" : JsonSerializer.Serialize(call.Arguments, s_compact.GetTypeInfo(typeof(IDictionary<string, object?>)));
    }
}
