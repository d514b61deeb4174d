using System.Buffers;
using System.Text;
using System.Text.Json;
using Poise.Tensors.Formats;

namespace Poise.Core.Nano.Tools;

/// <summary>Objects of JSON as models write them: letters of any alphabet as they are, no blanks.</summary>
static class ToolArguments
{
    public static string Of(string name, string value) => Write(writer => writer.WriteString(name, value));

    public static string Of(string name, int value) => Write(writer => writer.WriteNumber(name, value));

    public static string Write(Action<Utf8JsonWriter> fields)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(buffer, JsonWriting.Plain))
        {
            writer.WriteStartObject();
            fields(writer);
            writer.WriteEndObject();
        }
        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }
}
