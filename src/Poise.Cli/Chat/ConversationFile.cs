using System.Text.Json;
using Microsoft.Extensions.AI;
using Poise.Core.Chat;
using Poise.Tensors;
using Poise.Tensors.Formats;
using ChatMessage = Microsoft.Extensions.AI.ChatMessage;
using ChatRole = Microsoft.Extensions.AI.ChatRole;

namespace Poise.Cli.Chat;

/// <summary>A conversation as JSON that people can read and edit. <see cref="ConversationReader"/> reads it back.</summary>
static class ConversationFile
{
    public const string Format = "poise.conversation";
    public const int Version = 1;
    public const string What = "a conversation that /save wrote";

    // Letters of all scripts as they are; control characters are escaped all the same.

    public static Conversation Read(string path) => ConversationReader.Read(JsonField.Open(path, What));

    public static void Write(string path, Conversation conversation)
    {
        RefuseForeignFile(path);
        AtomicFile.Write(path, stream =>
        {
            using (var writer = new Utf8JsonWriter(stream, JsonWriting.Indented)) Write(writer, conversation);
            stream.WriteByte((byte)'\n');
        });
    }

    public static void WriteArguments(Utf8JsonWriter writer, FunctionCallContent call)
    {
        if (call.Arguments is null)
        {
            writer.WriteNull("arguments");
            if (call.AdditionalProperties?.GetValueOrDefault(ChatKeys.ArgumentsText) is string text) writer.WriteString("arguments_text", text);
            return;
        }
        writer.WriteStartObject("arguments");
        foreach ((string name, object? value) in call.Arguments)
        {
            writer.WritePropertyName(name);
            JsonValues.Write(writer, value);
        }
        writer.WriteEndObject();
    }

    static void Write(Utf8JsonWriter writer, Conversation conversation)
    {
        writer.WriteStartObject();
        writer.WriteString("format", Format);
        writer.WriteNumber("version", Version);
        writer.WriteString("model", conversation.Model);
        if (conversation.System is { } system) writer.WriteString("system", system);
        if (conversation.Effort is { } effort) writer.WriteString("effort", EffortNames.Of(effort));
        writer.WritePropertyName("sampling");
        SamplingJson.Write(writer, conversation.Sampling);
        writer.WritePropertyName("tools");
        ToolFile.Write(writer, conversation.Tools);
        writer.WriteStartArray("messages");
        foreach (ChatMessage message in conversation.Messages) Write(writer, message);
        writer.WriteEndArray();
        writer.WriteEndObject();
    }

    static void Write(Utf8JsonWriter writer, ChatMessage message)
    {
        writer.WriteStartObject();
        writer.WriteString("role", message.Role.Value);
        string reasoning = string.Concat(message.Contents.OfType<TextReasoningContent>().Select(r => r.Text));
        if (reasoning.Length > 0) writer.WriteString("reasoning", reasoning);
        if (message.Role == ChatRole.Tool)
        {
            FunctionResultContent result = message.Contents.OfType<FunctionResultContent>().First();
            writer.WriteString("call_id", result.CallId);
            writer.WriteString("content", result.Result as string ?? "");
        }
        else writer.WriteString("content", message.Text);
        List<FunctionCallContent> calls = [.. message.Contents.OfType<FunctionCallContent>()];
        if (calls.Count > 0)
        {
            writer.WriteStartArray("tool_calls");
            foreach (FunctionCallContent call in calls)
            {
                writer.WriteStartObject();
                writer.WriteString("id", call.CallId);
                writer.WriteString("name", call.Name);
                WriteArguments(writer, call);
                writer.WriteEndObject();
            }
            writer.WriteEndArray();
        }
        if (Conversation.IsStopped(message)) writer.WriteBoolean("stopped", true);
        writer.WriteEndObject();
    }

    // A slip of the fingers must not cost another file.
    static void RefuseForeignFile(string path)
    {
        if (!File.Exists(path) || new FileInfo(path).Length == 0) return;
        try
        {
            Read(path);
        }
        catch (PoiseException)
        {
            throw new PoiseException($"{path} exists and is not a conversation: choose another name");
        }
    }
}
