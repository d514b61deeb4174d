using System.Buffers;
using System.Text.Json;
using Poise.Tensors.Formats;

namespace Poise.Cli.Output;

/// <summary>JSON objects with an id, one a line, on standard output.</summary>
/// <param name="flushes">A program at the other end of both pipes waits for each answer before it sends the next line.</param>
sealed class JsonLinesWriter(bool flushes) : IDisposable
{
    readonly Stream _output = StandardOutput.OpenBuffered();
    readonly ArrayBufferWriter<byte> _buffer = new();

    /// <param name="rawId">The id as it was spelled in the input.</param>
    /// <param name="write">Writes the other properties; when it throws, nothing of the line comes out.</param>
    public void Write(string rawId, Action<Utf8JsonWriter> write)
    {
        _buffer.ResetWrittenCount();
        // Texts are data, not HTML: only what JSON itself demands is escaped.
        using (var writer = new Utf8JsonWriter(_buffer, JsonWriting.Plain))
        {
            writer.WriteStartObject();
            writer.WritePropertyName("id"u8);
            writer.WriteRawValue(rawId, skipInputValidation: true);
            write(writer);
            writer.WriteEndObject();
        }

        _buffer.Write("\n"u8);
        _output.Write(_buffer.WrittenSpan);
        if (flushes) _output.Flush();
    }

    /// <summary>What is wrong with one line of input; the others go on.</summary>
    public void WriteError(string rawId, string problem) => Write(rawId, writer => writer.WriteString("error"u8, problem));

    public void Dispose() => _output.Dispose();
}
