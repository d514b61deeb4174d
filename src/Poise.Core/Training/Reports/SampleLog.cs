using System.Text.Json;
using Poise.Tensors.Formats;

namespace Poise.Core.Training.Reports;

/// <summary><c>samples.jsonl</c>: answers that the model gave on the way, one object a line. Written anew each time: it is short.</summary>
sealed class SampleLog
{
    public const string FileName = "samples.jsonl";

    readonly string _path;
    readonly List<RunSample> _samples;

    /// <param name="step">The steps done: answers after later ones come again. Negative for a run that begins.</param>
    public SampleLog(string path, long step)
    {
        _path = path;
        _samples = step >= 0 && File.Exists(path) ? [.. Read(path).Where(sample => sample.Step <= step)] : [];
    }

    public IReadOnlyList<RunSample> Samples => _samples;

    public bool Has(long step) => _samples.Exists(sample => sample.Step == step);

    public void Add(IReadOnlyList<RunSample> samples)
    {
        _samples.AddRange(samples);
        AtomicFile.Write(_path, stream =>
        {
            foreach (RunSample sample in _samples)
            {
                using (var json = new Utf8JsonWriter(stream, JsonWriting.Plain))
                {
                    json.WriteStartObject();
                    json.WriteNumber("step", sample.Step);
                    json.WriteString("prompt", sample.Prompt);
                    json.WriteString("answer", sample.Answer);
                    json.WriteEndObject();
                }

                stream.WriteByte((byte)'\n');
            }
        });
    }

    // What people did to the file is no reason to lose a run: lines that are none of ours are left out.
    static IEnumerable<RunSample> Read(string path)
    {
        foreach (string line in File.ReadLines(path))
            if (Parse(line) is { } sample) yield return sample;
    }

    static RunSample? Parse(string line)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(line);
            JsonElement root = document.RootElement;
            return new RunSample(root.GetProperty("step").GetInt64(), root.GetProperty("prompt").GetString() ?? "", root.GetProperty("answer").GetString() ?? "");
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException or FormatException)
        {
            return null;
        }
    }
}
