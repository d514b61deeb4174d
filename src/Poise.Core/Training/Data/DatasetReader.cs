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
    const int MostBytes = 1 << 29, MostLineBytes = 1 << 26;
    const string DocumentEnd = "<|endoftext|>";

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
        if (Directory.Exists(path)) throw new PoiseException($"{path} is a folder; expected a file of JSON lines, or several of them.");
        try
        {
            using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, 1);
            if (!stream.CanSeek) throw new PoiseException($"{path} is not a file; expected a file of JSON lines.");
            RefuseOtherFormats(path, stream);
            using var own = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
            int before = _samples.Count + _pairs.Count;
            string shape = ReadStream(path, stream, [own, all]);
            _files.Add(new DataFile(path, shape, stream.Position, Hexadecimal(own), _samples.Count + _pairs.Count - before));
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new PoiseException($"{path} does not exist; expected a file of JSON lines.", e);
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
        if (path.EndsWith(".json", StringComparison.OrdinalIgnoreCase) && IsOneValue(stream))
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
        var lines = new ByteLines(stream, MostLineBytes, _ => new PoiseException($"the line is longer than {MostLineBytes >> 20} MiB"), bytes =>
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
            _errors.Add(path, 1 + file.Span[..FirstInvalid(file.Span)].Count((byte)'\n'), "not well-formed UTF-8");
            return "running text";
        }
        string[] lines = Encoding.UTF8.GetString(file.Span).TrimStart('\uFEFF').Split('\n');
        for (int from = 0; from < lines.Length;)
        {
            _cancellation.ThrowIfCancellationRequested();
            int to = from;
            while (to < lines.Length && lines[to].AsSpan().TrimEnd('\r') is not DocumentEnd) to++;
            string text = string.Join('\n', lines, from, to - from);
            if (!string.IsNullOrWhiteSpace(text)) Add(new TextRecord(text), new DataPlace(path, from + 1));
            from = to + 1;
        }
        return "running text";
    }

    static int FirstInvalid(ReadOnlySpan<byte> bytes)
    {
        int at = 0;
        while (at < bytes.Length && Rune.DecodeFromUtf8(bytes[at..], out _, out int used) == System.Buffers.OperationStatus.Done) at += used;
        return at;
    }

    static byte[] Whole(string path, FileStream stream, IReadOnlyList<IncrementalHash> digests)
    {
        if (stream.Length > MostBytes) throw new PoiseException($"{path} is larger than {MostBytes >> 20} MiB: write it as JSON lines, which may be of any length.");
        byte[] bytes = new byte[stream.Length];
        stream.ReadExactly(bytes);
        foreach (IncrementalHash digest in digests) digest.AppendData(bytes);
        return bytes;
    }

    // An array, or an object that does not end on its line; other .json files are JSON lines under another name.
    static bool IsOneValue(FileStream stream)
    {
        byte[] head = new byte[1 << 16];
        int length = stream.ReadAtLeast(head, head.Length, throwOnEndOfStream: false);
        stream.Position = 0;
        ReadOnlySpan<byte> text = head.AsSpan(0, length).TrimStart("\uFEFF \t\r\n"u8);
        int end = text.IndexOf((byte)'\n');
        return text is [(byte)'[', ..] || (end >= 0 && text[..end].TrimEnd(" \t\r"u8) is not [.., (byte)'}']);
    }

    static void RefuseOtherFormats(string path, FileStream stream)
    {
        Span<byte> head = stackalloc byte[4];
        int length = stream.ReadAtLeast(head, head.Length, throwOnEndOfStream: false);
        stream.Position = 0;
        string? other = head[..length] switch
        {
            [(byte)'P', (byte)'A', (byte)'R', (byte)'1'] => "a Parquet file",
            [0x1F, 0x8B, ..] or [(byte)'P', (byte)'K', 3, 4] or [0x28, 0xB5, 0x2F, 0xFD] => "a compressed file",
            _ => null,
        };
        if (other is not null) throw new PoiseException($"{path} is {other}; Poise reads JSON lines, a JSON array (.json) and running text (.txt).");
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
