using System.Buffers;
using System.Text;
using System.Text.Json;
using Poise.Tensors.Formats;

namespace Poise.Core.Chat.Harmony;

/// <summary>Messages as JSON: <c>role, name, content, channel, recipient, content_type</c>; what is not set is left out.</summary>
public static class HarmonyWriter
{
    public static string Write(IReadOnlyList<HarmonyMessage> messages)
    {
        var buffer = new ArrayBufferWriter<byte>();
        // Texts are data, not HTML: only what JSON itself demands is escaped.
        using (var writer = new Utf8JsonWriter(buffer, JsonWriting.Plain)) Write(writer, messages);
        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }

    /// <summary>Writes an array of the messages.</summary>
    public static void Write(Utf8JsonWriter writer, IReadOnlyList<HarmonyMessage> messages)
    {
        writer.WriteStartArray();
        foreach (HarmonyMessage message in messages)
        {
            writer.WriteStartObject();
            writer.WriteString("role"u8, HarmonySpelling.Of(message.Role));
            if (message.Name is { } name) writer.WriteString("name"u8, name);
            writer.WriteString("content"u8, message.Text);
            if (message.Channel is { } channel) writer.WriteString("channel"u8, channel);
            if (message.Recipient is { } recipient) writer.WriteString("recipient"u8, recipient);
            if (message.ContentType is { } type) writer.WriteString("content_type"u8, type);
            writer.WriteEndObject();
        }
        writer.WriteEndArray();
    }
}
