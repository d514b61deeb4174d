using System.Text.Json;
using Microsoft.Extensions.AI;
using Poise.Core.Chat;
using ChatMessage = Microsoft.Extensions.AI.ChatMessage;
using ChatRole = Microsoft.Extensions.AI.ChatRole;
using ReasoningEffort = Microsoft.Extensions.AI.ReasoningEffort;
using TextContent = Microsoft.Extensions.AI.TextContent;

namespace Poise.Cli.Chat;

/// <summary>Reads what <see cref="ConversationFile"/> writes. The file may have been edited, or be anything at all.</summary>
static class ConversationReader
{
    const int MostMessages = 100_000;
    const int MostCalls = 1_000;

    public static Conversation Read(JsonField root)
    {
        if (root.Value.ValueKind != JsonValueKind.Object || root["format"].Value.ValueKind != JsonValueKind.String || root["format"].Text() != ConversationFile.Format)
            throw root.Error($"this is not {ConversationFile.What}");
        JsonField version = root["version"];
        if (version.OptionalWhole() != ConversationFile.Version) throw version.Expected($"version {ConversationFile.Version}, the one that this build reads");

        var conversation = new Conversation
        {
            Model = root["model"].OptionalText() ?? "",
            System = root["system"].OptionalText(),
            Effort = ReadEffort(root["effort"]),
            Tools = root["tools"].IsMissing ? [] : ToolFile.Read(root["tools"]),
            Sampling = SamplingJson.Read(root["sampling"]),
        };
        var open = new HashSet<string>();
        foreach (JsonField message in root["messages"].Items(MostMessages)) conversation.Messages.Add(ReadMessage(message.Object(), open));
        return conversation;
    }

    static ReasoningEffort? ReadEffort(JsonField field) =>
        field.IsMissing ? null : EffortNames.Parse(field.Text()) ?? throw field.Expected(string.Join(", ", EffortNames.All));

    // `open` holds the calls that wait for their result.
    static ChatMessage ReadMessage(JsonField field, HashSet<string> open)
    {
        JsonField role = field["role"];
        return role.Text() switch
        {
            "user" => new ChatMessage(ChatRole.User, field["content"].Text()),
            "assistant" => ReadAnswer(field, open),
            "tool" => ReadResult(field, open),
            _ => throw role.Expected("user, assistant or tool"),
        };
    }

    static ChatMessage ReadAnswer(JsonField field, HashSet<string> open)
    {
        var message = new ChatMessage { Role = ChatRole.Assistant };
        if (field["reasoning"].OptionalText() is { Length: > 0 } reasoning) message.Contents.Add(new TextReasoningContent(reasoning));
        if (field["content"].OptionalText() is { Length: > 0 } text) message.Contents.Add(new TextContent(text));
        JsonField calls = field["tool_calls"], stopped = field["stopped"];
        if (!calls.IsMissing)
            foreach (JsonField call in calls.Items(MostCalls)) message.Contents.Add(ReadCall(call.Object(), open));
        if (stopped.IsMissing || stopped.Value.ValueKind == JsonValueKind.False) return message;
        if (stopped.Value.ValueKind != JsonValueKind.True) throw stopped.Expected("true or false");
        message.AdditionalProperties = new AdditionalPropertiesDictionary { [ChatKeys.Stopped] = true };
        return message;
    }

    static FunctionCallContent ReadCall(JsonField field, HashSet<string> open)
    {
        JsonField id = field["id"], arguments = field["arguments"], text = field["arguments_text"];
        if (!open.Add(id.Text())) throw id.Error("a second call with this id waits for its result");
        var call = new FunctionCallContent(id.Text(), field["name"].Text());
        if (!arguments.IsMissing) call.Arguments = arguments.Properties().ToDictionary(p => p.Name, p => (object?)p.Field.Value.Clone());
        else if (text.OptionalText() is { } written) call.AdditionalProperties = new AdditionalPropertiesDictionary { [ChatKeys.ArgumentsText] = written };
        return call;
    }

    static ChatMessage ReadResult(JsonField field, HashSet<string> open)
    {
        JsonField id = field["call_id"];
        if (!open.Remove(id.Text())) throw id.Error("no call before it waits for this result");
        return new ChatMessage(ChatRole.Tool, [new FunctionResultContent(id.Text(), field["content"].Text())]);
    }
}
