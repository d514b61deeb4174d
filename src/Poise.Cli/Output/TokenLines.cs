using System.Buffers;
using System.Text;
using System.Text.Json;
using Poise.Core.Generation;
using Poise.Core.Tokenizers;
using Poise.Tensors.Formats;

namespace Poise.Cli.Output;

/// <summary>Chosen tokens as JSON lines: id, text, log-probability, and the likeliest tokens.</summary>
static class TokenLines
{
    // Texts are data, not HTML: only what JSON itself demands is escaped.

    /// <summary>One line without its end. A token's text stands alone: bytes of part of a character are U+FFFD.</summary>
    public static string Format(TokenChoice choice, Tokenizer tokenizer)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(buffer, JsonWriting.Plain))
        {
            writer.WriteStartObject();
            Write(writer, tokenizer, choice.Id, choice.LogProb);
            writer.WriteStartArray("top"u8);
            foreach (TokenLogProb token in choice.Top)
            {
                writer.WriteStartObject();
                Write(writer, tokenizer, token.Id, token.LogProb);
                writer.WriteEndObject();
            }
            writer.WriteEndArray();
            writer.WriteEndObject();
        }
        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }

    static void Write(Utf8JsonWriter writer, Tokenizer tokenizer, int id, double? logProb)
    {
        writer.WriteNumber("id"u8, id);
        writer.WriteString("text"u8, Encoding.UTF8.GetString(tokenizer.BytesOf(id)));
        if (logProb is { } value) writer.WriteNumber("logprob"u8, value);
    }
}
