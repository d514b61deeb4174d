using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Unicode;
using Poise.Tensors;
using Poise.Tensors.Formats;

namespace Poise.Core.Training.Data;

/// <summary>
/// Reads data sets: JSON lines, a JSON array or object (<c>.json</c>), or running text (<c>.txt</c>, in which lines of <c>&lt;|endoftext|&gt;</c> part documents).
/// What a line of a file means is recognised by the first one; the whole of the data is read and checked before there is any result.
/// </summary>
public sealed class DatasetReader
{
    const int MostUnknown = 20;

    readonly SampleFormat _format;
    readonly DataPurpose _purpose;
    readonly DataErrors _errors = new();
    readonly List<TrainingSample> _samples = [];
    readonly List<PreferencePair> _pairs = [];
    readonly List<DataFile> _files = [];
    readonly CancellationToken _cancellation;

    DatasetReader(SampleFormat format, DataPurpose purpose, CancellationToken cancellation)
    {
        _format = format;
        _purpose = purpose;
        _cancellation = cancellation;
    }

    /// <exception cref="PoiseException">A file cannot be read, or lines are wrong: the message names the first 20 of them, and how many there are.</exception>
    public static Dataset Read(IReadOnlyList<string> paths, SampleFormat format, DataPurpose purpose = DataPurpose.Samples, CancellationToken cancellation = default)
    {
        if (paths.Count == 0) throw new PoiseException("There are no data: name a file of JSON lines.");
        var reader = new DatasetReader(format, purpose, cancellation);
        using var all = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (string path in paths) reader.ReadFile(path, all);
        reader._errors.ThrowIfAny();
        if (reader._samples.Count + reader._pairs.Count == 0) throw new PoiseException($"{string.Join(", ", paths)}: there are no data in it.");
        return new Dataset(reader._samples, reader._pairs, reader._files, Hexadecimal(all));
    }

    void ReadFile(string path, IncrementalHash all)
    {
        using FileStream stream = DataFiles.Open(path);
        try
        {
            using var own = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
            int before = _samples.Count + _pairs.Count;
            string shape = ReadStream(path, stream, [own, all]);
            _files.Add(new DataFile(path, shape, stream.Position, Hexadecimal(own), _samples.Count + _pairs.Count - before));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new PoiseException($"{path} cannot be read: {e.Message}", e);
        }
    }

    string ReadStream(string path, FileStream stream, IReadOnlyList<IncrementalHash> digests)
    {
        if (path.EndsWith(".txt", StringComparison.OrdinalIgnoreCase)) return ReadTexts(path, Whole(path, stream, digests));
        var shapes = new ShapeOfFile();
        if (path.EndsWith(".json", StringComparison.OrdinalIgnoreCase) && DataFiles.IsOneValue(stream))
        {
            int line = 1;
            try
            {
                DataValues.Read(Whole(path, stream, digests), (at, element) => Take(path, at, element, shapes), out line);
            }
            catch (PoiseException error) when (error.InnerException is JsonException)
            {
                _errors.Add(path, line, error.Message);
            }
            return shapes.Shape?.Name ?? "";
        }
        var lines = new ByteLines(stream, DataFiles.MostLineBytes, _ => new PoiseException($"the line is longer than {DataFiles.MostLineBytes >> 20} MiB"), bytes =>
        {
            foreach (IncrementalHash digest in digests) digest.AppendData(bytes);
        });
        try
        {
            while ((shapes.Shape is not null || shapes.Unknown < MostUnknown) && lines.TryRead(out ReadOnlyMemory<byte> line)) Take(path, lines.Line, line, shapes);
        }
        catch (PoiseException error)
        {
            _errors.Add(path, lines.Line + 1, error.Message);
        }
        return shapes.Shape?.Name ?? "";
    }

    // One line of JSON. Nothing that is wrong with it ends the reading.
    void Take(string path, int line, ReadOnlyMemory<byte> json, ShapeOfFile shapes)
    {
        _cancellation.ThrowIfCancellationRequested();
        try
        {
            using JsonDocument document = JsonFields.Parse(json);
            DataShape shape = shapes.Shape ?? shapes.Find(document.RootElement, _purpose, line);
            if (shape.Missing(document.RootElement).FirstOrDefault() is { } missing)
                throw new PoiseException($"\"{missing}\" is missing; line {shapes.Line} makes this a file of the shape \"{shape.Name}\"");
            Add(shape.Read(document.RootElement), new DataPlace(path, line));
        }
        catch (PoiseException error)
        {
            _errors.Add(path, line, error.Message);
        }
    }

    void Add(DataRecord record, DataPlace place)
    {
        if (record is PreferenceRecord both)
        {
            PreferencePair pair = _format.Render(both);
            pair.Chosen.Place = pair.Rejected.Place = place;
            _pairs.Add(pair);
            return;
        }
        TrainingSample sample = _format.Render(record);
        sample.Place = place;
        _samples.Add(sample);
    }

    string ReadTexts(string path, ReadOnlyMemory<byte> file)
    {
        if (_purpose != DataPurpose.Samples) throw new PoiseException($"{path} is running text, which has no preferences.");
        if (!Utf8.IsValid(file.Span))
        {
            _errors.Add(path, 1 + file.Span[..DataFiles.FirstInvalid(file.Span)].Count((byte)'\n'), "not well-formed UTF-8");
            return "running text";
        }
        string[] lines = Encoding.UTF8.GetString(file.Span).TrimStart('\uFEFF').Split('\n');
        for (int from = 0; from < lines.Length;)
        {
            _cancellation.ThrowIfCancellationRequested();
            int to = from;
            while (to < lines.Length && lines[to].AsSpan().TrimEnd('\r') is not DataFiles.DocumentEnd) to++;
            string text = string.Join('\n', lines, from, to - from);
            if (!string.IsNullOrWhiteSpace(text)) Add(new TextRecord(text), new DataPlace(path, from + 1));
            from = to + 1;
        }
        return "running text";
    }

    static byte[] Whole(string path, FileStream stream, IReadOnlyList<IncrementalHash> digests)
    {
        byte[] bytes = DataFiles.Whole(path, stream);
        foreach (IncrementalHash digest in digests) digest.AppendData(bytes);
        return bytes;
    }

    static string Hexadecimal(IncrementalHash digest) => Convert.ToHexStringLower(digest.GetHashAndReset());

    /// <summary>The shape of a file's lines, from the first that has one.</summary>
    sealed class ShapeOfFile
    {
        public DataShape? Shape { get; private set; }

        public int Line { get; private set; }

        /// <summary>Lines that had none.</summary>
        public int Unknown { get; private set; }

        public DataShape Find(JsonElement element, DataPurpose purpose, int line)
        {
            Unknown++;
            Shape = DataShape.Of(element, purpose);
            Line = line;
            return Shape;
        }
    }
}
