using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Poise.Tensors.Formats;

namespace Poise.Core.Training.Transcripts;

/// <summary>
/// The spelling of a line: one JSON object whose last two fields are the hash of the line before and its own. A line's hash is the
/// SHA-256 of its bytes up to its hash, so every byte of a transcript is under the hash of its last line.
/// </summary>
static class TranscriptLine
{
    const int HashDigits = 64;
    // Between these two stands the hash.
    const string Before = ",\"hash\":\"", After = "\"}";

    // Fixed escaping: only what JSON needs, so that a recipe's text stays readable.

    /// <summary>The bytes of a line with the line feed, and where the transcript stands after it.</summary>
    public static (byte[] Bytes, TranscriptPosition Position) Write(TranscriptPosition before, string kind, Action<Utf8JsonWriter> fields)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer, JsonWriting.Plain))
        {
            json.WriteStartObject();
            json.WriteNumber("line", before.Lines + 1);
            json.WriteString("kind", kind);
            fields(json);
            json.WriteString("previous", before.Hash);
            json.WriteEndObject();
        }
        // Without the closing bracket, which comes after the hash.
        buffer.SetLength(buffer.Length - 1);
        string hash = Convert.ToHexStringLower(SHA256.HashData(buffer.ToArray()));
        buffer.Seek(0, SeekOrigin.End);
        buffer.Write(Encoding.ASCII.GetBytes($"{Before}{hash}{After}\n"));
        return (buffer.ToArray(), new TranscriptPosition(before.Lines + 1, hash));
    }

    /// <summary>
    /// The fields of a line, with where the transcript stands after it. What is wrong with the line, or with its place after
    /// <paramref name="before"/>, is an error with the number of the line.
    /// </summary>
    /// <param name="bytes">Without the line feed.</param>
    public static (JsonElement Fields, TranscriptPosition Position) Read(string file, TranscriptPosition before, ReadOnlySpan<byte> bytes)
    {
        int tail = Before.Length + HashDigits + After.Length;
        if (bytes.Length <= tail) throw new BrokenChainException(file, before.Lines + 1, "it is no line of a transcript");
        ReadOnlySpan<byte> content = bytes[..^tail];
        string end = Encoding.Latin1.GetString(bytes[^tail..]);
        string hash = Convert.ToHexStringLower(SHA256.HashData(content));
        if (end != $"{Before}{hash}{After}") throw new BrokenChainException(file, before.Lines + 1, "its hash is not that of its content");
        try
        {
            using JsonDocument document = JsonDocument.Parse(bytes.ToArray());
            JsonElement fields = document.RootElement.Clone();
            if (fields.GetProperty("previous").GetString() != before.Hash) throw new BrokenChainException(file, before.Lines + 1, "it does not follow the line before");
            if (fields.GetProperty("line").GetInt64() != before.Lines + 1) throw new BrokenChainException(file, before.Lines + 1, "it has the number of another line");
            return (fields, new TranscriptPosition(before.Lines + 1, hash));
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException or FormatException)
        {
            throw new BrokenChainException(file, before.Lines + 1, $"it is no line of a transcript: {e.Message}", e);
        }
    }

    /// <summary>JSON has no name for these numbers; a run that ends on one says so.</summary>
    public static void WriteNumber(Utf8JsonWriter json, string name, double value)
    {
        if (double.IsFinite(value)) json.WriteNumber(name, value);
        else json.WriteString(name, value.ToString(CultureInfo.InvariantCulture));
    }

    public static double ReadNumber(JsonElement fields, string name)
    {
        JsonElement value = fields.GetProperty(name);
        return value.ValueKind == JsonValueKind.String ? double.Parse(value.GetString()!, CultureInfo.InvariantCulture) : value.GetDouble();
    }
}
