using System.Text.Json;
using Poise.Tensors;

namespace Poise.Core.Training.Data;

/// <summary>The records of a file that is one JSON array, or one JSON object after another over several lines, with the lines that they begin in.</summary>
static class DataValues
{
    /// <param name="line">Where the last one began, or the problem is.</param>
    /// <exception cref="PoiseException">The file is ill-formed from <paramref name="line"/> on; what stands before has been handed over.</exception>
    public static void Read(ReadOnlyMemory<byte> file, Action<int, ReadOnlyMemory<byte>> element, out int line)
    {
        line = 1;
        if (file.Span.StartsWith("\uFEFF"u8)) file = file[3..];
        ReadOnlySpan<byte> bytes = file.Span;
        // Deeper than any record may be, so that it is a record that is refused.
        var reader = new Utf8JsonReader(bytes, new JsonReaderOptions { MaxDepth = 1024, AllowMultipleValues = true });
        int counted = 0;
        try
        {
            bool isArray = bytes.TrimStart(" \t\r\n"u8) is [(byte)'[', ..] && reader.Read();
            while (reader.Read() && !(isArray && reader.TokenType == JsonTokenType.EndArray))
            {
                int start = (int)reader.TokenStartIndex;
                line += bytes[counted..start].Count((byte)'\n');
                counted = start;
                reader.Skip();
                element(line, file[start..(int)reader.BytesConsumed]);
            }
            if (isArray && reader.Read()) throw new JsonException("something follows the array");
        }
        catch (JsonException error)
        {
            line += bytes[counted..(int)reader.BytesConsumed].Count((byte)'\n');
            throw new PoiseException("not well-formed JSON: " + JsonFields.Explain(error), error);
        }
    }
}
