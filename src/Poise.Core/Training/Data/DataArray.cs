using System.Text.Json;
using Poise.Tensors;

namespace Poise.Core.Training.Data;

/// <summary>The elements of a file that is one JSON array, with the lines that they begin in.</summary>
static class DataArray
{
    /// <exception cref="PoiseException">The array is ill-formed from <c>Line</c> on; what stands before has been handed over.</exception>
    public static void Read(ReadOnlyMemory<byte> file, Action<int, ReadOnlyMemory<byte>> element, out int line)
    {
        line = 1;
        ReadOnlySpan<byte> bytes = file.Span;
        var reader = new Utf8JsonReader(bytes, new JsonReaderOptions { MaxDepth = 1024 });
        int counted = 0;
        try
        {
            reader.Read();
            while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
            {
                int start = (int)reader.TokenStartIndex;
                line += bytes[counted..start].Count((byte)'\n');
                counted = start;
                reader.Skip();
                element(line, file[start..(int)reader.BytesConsumed]);
            }
            reader.Read();
        }
        catch (JsonException error)
        {
            line += bytes[counted..(int)reader.BytesConsumed].Count((byte)'\n');
            throw new PoiseException("not well-formed JSON: " + JsonFields.Explain(error), error);
        }
    }
}
