using System.Text.Json;
using System.Text.Unicode;
using Poise.Core.Tokenizers.Training;
using Poise.Tensors;
using Poise.Tensors.Formats;

namespace Poise.Core.Training.Data;

/// <summary>
/// The texts of files as a stream, for training a tokenizer: running text (<c>.txt</c>, in which lines of <c>&lt;|endoftext|&gt;</c> part documents), JSON lines,
/// a JSON array or object (<c>.json</c>). What a line means is recognised as for <see cref="DatasetReader"/>.
/// </summary>
public sealed class TrainingTexts
{
    readonly IReadOnlyList<string> _paths;
    readonly bool _harmony;
    long _read;

    /// <param name="paths">The files.</param>
    /// <param name="harmony">Conversations are taken as harmony writes them.</param>
    /// <exception cref="PoiseException">A file cannot be read, or is of a format that Poise does not know.</exception>
    public TrainingTexts(IReadOnlyList<string> paths, bool harmony)
    {
        (_paths, _harmony) = (paths, harmony);
        foreach (string path in paths)
        {
            using FileStream stream = DataFiles.Open(path);
            Bytes += stream.Length;
        }
    }

    /// <summary>Of all files.</summary>
    public long Bytes { get; }

    /// <summary>Bytes read so far.</summary>
    public long Read => Interlocked.Read(ref _read);

    /// <exception cref="PoiseException">A file is not UTF-8, or a line of it has no known meaning: the message names the place.</exception>
    internal IEnumerable<TextBatch> Batches()
    {
        long before = 0;
        foreach (string path in _paths)
        {
            using FileStream stream = DataFiles.Open(path);
            foreach (TextBatch batch in path.EndsWith(".txt", StringComparison.OrdinalIgnoreCase) ? RunningText.Read(path, stream) : Records(path, stream))
            {
                Interlocked.Exchange(ref _read, before + stream.Position);
                yield return batch;
            }
            before += stream.Position;
        }
    }

    IEnumerable<TextBatch> Records(string path, FileStream stream)
    {
        DataShape? shape = null;
        var batch = new TextBatch();
        foreach ((DataPlace place, ReadOnlyMemory<byte> json) in Values(path, stream))
        {
            foreach (string text in Texts(place, json, ref shape)) batch.Add(text);
            if (batch.Bytes < TextBatch.Full) continue;
            yield return batch;
            batch = new TextBatch();
        }
        yield return batch;
    }

    List<string> Texts(DataPlace place, ReadOnlyMemory<byte> json, ref DataShape? shape)
    {
        try
        {
            using JsonDocument document = JsonFields.Parse(json);
            shape ??= DataShape.Of(document.RootElement, DataPurpose.Samples);
            if (shape.Missing(document.RootElement).FirstOrDefault() is { } missing) throw new PoiseException($"\"{missing}\" is missing; the lines before make this a file of the shape \"{shape.Name}\"");
            return [.. RecordTexts.Of(shape.Read(document.RootElement), _harmony)];
        }
        catch (PoiseException error)
        {
            throw new PoiseException($"{place}: {error.Message}", error);
        }
    }

    static IEnumerable<(DataPlace Place, ReadOnlyMemory<byte> Json)> Values(string path, FileStream stream)
    {
        if (path.EndsWith(".json", StringComparison.OrdinalIgnoreCase) && DataFiles.IsOneValue(stream)) return Elements(path, DataFiles.Whole(path, stream));
        return Lines(path, stream);
    }

    static IEnumerable<(DataPlace, ReadOnlyMemory<byte>)> Lines(string path, FileStream stream)
    {
        var lines = new ByteLines(stream, DataFiles.MostLineBytes, line => new PoiseException($"{new DataPlace(path, line)}: the line is longer than {DataFiles.MostLineBytes >> 20} MiB"));
        while (lines.TryRead(out ReadOnlyMemory<byte> line))
        {
            RefuseOtherText(path, line.Span, lines.Offset);
            yield return (new DataPlace(path, lines.Line), line);
        }
    }

    static List<(DataPlace, ReadOnlyMemory<byte>)> Elements(string path, byte[] file)
    {
        RefuseOtherText(path, file, 0);
        var elements = new List<(DataPlace, ReadOnlyMemory<byte>)>();
        int line = 1;
        try
        {
            DataValues.Read(file, (at, element) => elements.Add((new DataPlace(path, at), element)), out line);
        }
        catch (PoiseException error)
        {
            throw new PoiseException($"{new DataPlace(path, line)}: {error.Message}", error);
        }
        return elements;
    }

    /// <exception cref="PoiseException">The bytes are not UTF-8.</exception>
    internal static void RefuseOtherText(string path, ReadOnlySpan<byte> bytes, long offset)
    {
        if (!Utf8.IsValid(bytes))
            throw new PoiseException($"{path} is not UTF-8: the byte at offset {offset + DataFiles.FirstInvalid(bytes)} begins no character. Save it as UTF-8 first.");
    }
}
