using System.Buffers;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Poise.Core.Generation;
using Poise.Core.Tokenizers;

namespace Poise.Cli.Output;

/// <summary>Chosen tokens as JSON lines: id, text, log-probability, and the likeliest tokens.</summary>
static class TokenLines
{
    // Texts are data, not HTML: only what JSON itself demands is escaped.
    static readonly JsonWriterOptions s_options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>One line without its end. A token's text stands alone: bytes of part of a character are U+FFFD.</summary>
    public static string Format(TokenChoice choice, Tokenizer tokenizer)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(buffer, s_options))
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
