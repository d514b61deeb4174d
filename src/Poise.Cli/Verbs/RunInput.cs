using System.Text;
using System.Text.Json;
using Poise.Cli.Input;
using Poise.Core.Chat;
using Poise.Core.Client;
using Poise.Core.Library;
using Poise.Tensors;

namespace Poise.Cli.Verbs;

/// <summary>One prompt of <c>poise run</c>.</summary>
/// <param name="RawId">The id as JSON, echoed with the answer; null where there is none.</param>
/// <param name="Text">A text to continue, or what the user says.</param>
/// <param name="Messages">A conversation in place of the text.</param>
sealed record RunInput(string? RawId, string? Text, IReadOnlyList<ChatMessage>? Messages)
{
    const int MaximumDepth = 64;

    static readonly UTF8Encoding s_strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>Reads a file of prompts: each line a text, or a JSON object {"id", "prompt"} or {"id", "messages"}.</summary>
    public static IEnumerable<RunInput> ReadLines(string path)
    {
        using JsonLines lines = JsonLines.Open(path);
        while (lines.TryReadRaw(out ReadOnlyMemory<byte> line)) yield return Parse(lines, line);
    }

    /// <summary>What the answer starts from.</summary>
    /// <param name="dialect">Null: the text is continued as it is.</param>
    public AnswerPlan Plan(ModelPackage package, IChatDialect? dialect, RunPrompting prompting, Action<int>? progress)
    {
        if (dialect is null)
            return AnswerPlan.Continue(package, Text ?? throw new PoiseException("a conversation needs a model with a chat template; this one only continues texts"), prompting.Specials, progress);
        List<ChatMessage> messages = [.. Messages ?? [ChatMessage.Of(ChatRole.User, Text!)]];
        if (prompting.System is { } system) messages.Insert(0, ChatMessage.Of(ChatRole.System, system));
        return AnswerPlan.Chat(package, dialect, new ChatRequest { Messages = messages, Effort = prompting.Effort, Now = DateTimeOffset.Now }, progress: progress);
    }

    static RunInput Parse(JsonLines lines, ReadOnlyMemory<byte> line)
    {
        string text = Utf8(lines, line.Span);
        if (!text.TrimStart().StartsWith('{')) return new RunInput(null, text, null);
        try
        {
            using JsonDocument document = JsonDocument.Parse(line, new JsonDocumentOptions { MaxDepth = MaximumDepth });
            JsonElement root = document.RootElement;
            string? id = null;
            if (root.TryGetProperty("id"u8, out JsonElement given))
                id = given.ValueKind is JsonValueKind.String or JsonValueKind.Number ? given.GetRawText() : throw lines.Error("\"id\" is neither a string nor a number");
            if (root.TryGetProperty("prompt"u8, out JsonElement prompt))
                return new RunInput(id, prompt.ValueKind == JsonValueKind.String ? prompt.GetString() : throw lines.Error("\"prompt\" is not a string"), null);
            if (!root.TryGetProperty("messages"u8, out JsonElement messages) || messages.ValueKind != JsonValueKind.Array)
                throw lines.Error("\"prompt\" (a string) or \"messages\" (an array) is missing");
            return new RunInput(id, null, [.. messages.EnumerateArray().Select(message => Message(lines, message))]);
        }
        catch (JsonException error)
        {
            throw lines.Error(JsonLines.Explain(error));
        }
    }

    static string Utf8(JsonLines lines, ReadOnlySpan<byte> line)
    {
        try
        {
            return s_strict.GetString(line.TrimEnd((byte)'\r'));
        }
        catch (DecoderFallbackException)
        {
            throw lines.Error("not UTF-8");
        }
    }

    static ChatMessage Message(JsonLines lines, JsonElement message)
    {
        if (message.ValueKind != JsonValueKind.Object || !message.TryGetProperty("role"u8, out JsonElement role) || role.ValueKind != JsonValueKind.String
            || !message.TryGetProperty("content"u8, out JsonElement content) || content.ValueKind != JsonValueKind.String)
            throw lines.Error("a message needs \"role\" and \"content\", both strings");
        ChatRole speaker = role.GetString() switch
        {
            "system" => ChatRole.System,
            "developer" => ChatRole.Developer,
            "user" => ChatRole.User,
            "assistant" => ChatRole.Assistant,
            var other => throw lines.Error($"the role \"{other}\" is none of system, developer, user and assistant"),
        };
        return ChatMessage.Of(speaker, content.GetString()!);
    }
}

/// <summary>How prompts are made of texts.</summary>
/// <param name="Specials">For continuations: special tokens count in the prompt and are shown in the answer.</param>
sealed record RunPrompting(string? System, ReasoningEffort? Effort, bool Specials);
