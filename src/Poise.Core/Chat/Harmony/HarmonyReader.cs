using System.Text.Json;
using Poise.Tensors;

namespace Poise.Core.Chat.Harmony;

/// <summary>Reads messages from JSON: <c>role, name, content, channel, recipient, content_type</c>; what is missing is not set.</summary>
public static class HarmonyReader
{
    /// <param name="messages">An array of messages.</param>
    /// <exception cref="PoiseException">Something is missing or of the wrong kind.</exception>
    public static HarmonyConversation Read(JsonElement messages)
    {
        if (messages.ValueKind != JsonValueKind.Array) throw new PoiseException("\"messages\" is not an array of messages.");
        try
        {
            return new HarmonyConversation([.. messages.EnumerateArray().Select(ReadMessage)]);
        }
        catch (InvalidOperationException)
        {
            // The reader has no other complaint about a string that an escape makes half a character.
            throw new PoiseException("A string in the messages is not well-formed Unicode.");
        }
    }

    static HarmonyMessage ReadMessage(JsonElement message)
    {
        string role = Text(Object(message, "a message"), "role") ?? throw new PoiseException("A message has no \"role\".");
        return new HarmonyMessage
        {
            Role = role == "tool" ? ChatRole.Tool : HarmonySpelling.RoleOf(role)
                ?? throw new PoiseException($"\"{role}\" is no role; roles are system, developer, user, assistant, tool."),
            Name = Text(message, "name"),
            Channel = Text(message, "channel"),
            Recipient = Text(message, "recipient"),
            ContentType = Text(message, "content_type"),
            Content = Get(message, "content") switch
            {
                null => [],
                { ValueKind: JsonValueKind.String } text => [new HarmonyText(text.GetString()!)],
                { ValueKind: JsonValueKind.Array } parts => [.. parts.EnumerateArray().Select(ReadContent)],
                _ => throw new PoiseException("\"content\" of a message is neither a text nor a list of parts."),
            },
        };
    }

    static HarmonyContent ReadContent(JsonElement part) => Text(Object(part, "a part of a message"), "type") switch
    {
        "text" => new HarmonyText(Text(part, "text") ?? throw new PoiseException("A part of type text has no \"text\".")),
        "system_content" => ReadSystem(part),
        "developer_content" => new HarmonyDeveloper { Instructions = Text(part, "instructions"), Tools = ReadTools(part) },
        string other => throw new PoiseException($"\"{other}\" is no type of content; types are text, system_content, developer_content."),
        null => throw new PoiseException("A part of a message has no \"type\"."),
    };

    static HarmonySystem ReadSystem(JsonElement part)
    {
        JsonElement? channels = Get(part, "channel_config");
        return new HarmonySystem
        {
            ModelIdentity = Text(part, "model_identity"),
            KnowledgeCutoff = Text(part, "knowledge_cutoff"),
            StartDate = Text(part, "conversation_start_date"),
            Effort = Text(part, "reasoning_effort") is { } effort
                ? Enum.TryParse(effort, ignoreCase: true, out ReasoningEffort value) && Enum.IsDefined(value) && char.IsAsciiLetter(effort[0]) ? value
                    : throw new PoiseException($"\"{effort}\" is no reasoning effort; efforts are Low, Medium, High.")
                : null,
            Channels = channels is { } config
                ? [.. Items(Object(config, "\"channel_config\""), "valid_channels").Select(c => c.ValueKind == JsonValueKind.String ? c.GetString()! : throw new PoiseException("A channel is not a text."))] : [],
            ChannelRequired = channels is { } flags && Get(flags, "channel_required") is { ValueKind: JsonValueKind.True },
            Tools = ReadTools(part),
        };
    }

    static IReadOnlyList<HarmonyNamespace> ReadTools(JsonElement part) => Get(part, "tools") is not { } tools ? [] :
    [
        .. Object(tools, "\"tools\"").EnumerateObject().Select(p => new HarmonyNamespace(
            p.Name, Text(Object(p.Value, "a namespace"), "name") ?? p.Name, Text(p.Value, "description"), [.. Items(p.Value, "tools").Select(ReadFunction)])),
    ];

    static HarmonyFunction ReadFunction(JsonElement function) => new(
        Text(Object(function, "a function"), "name") ?? throw new PoiseException("A function has no \"name\"."),
        Text(function, "description") ?? "",
        Get(function, "parameters") is { } parameters ? parameters.Clone() : null);

    static JsonElement Object(JsonElement value, string what) =>
        value.ValueKind == JsonValueKind.Object ? value : throw new PoiseException($"Where {what} is expected stands something else than a JSON object.");

    static JsonElement.ArrayEnumerator Items(JsonElement value, string name) => Get(value, name) switch
    {
        null => default,
        { ValueKind: JsonValueKind.Array } list => list.EnumerateArray(),
        _ => throw new PoiseException($"\"{name}\" is not a list."),
    };

    static JsonElement? Get(JsonElement value, string name) =>
        value.TryGetProperty(name, out JsonElement found) && found.ValueKind != JsonValueKind.Null ? found : null;

    static string? Text(JsonElement value, string name) => Get(value, name) switch
    {
        null => null,
        { ValueKind: JsonValueKind.String } text => text.GetString(),
        _ => throw new PoiseException($"\"{name}\" is not a text."),
    };
}
