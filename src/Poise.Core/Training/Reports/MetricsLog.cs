using System.Globalization;
using System.Text.Json;
using Poise.Tensors;
using Poise.Tensors.Formats;

namespace Poise.Core.Training.Reports;

/// <summary>
/// <c>metrics.jsonl</c>: one object a step, written as the run goes. Numbers that are not finite are texts ("NaN").
/// A line that a killed process left unfinished, and steps that are computed again, are cut when the run resumes.
/// </summary>
public sealed class MetricsLog : IDisposable
{
    readonly string _path;
    readonly FileStream _stream;

    /// <param name="step">The steps done: what the file has of later ones is cut.</param>
    public MetricsLog(string path, long step)
    {
        _path = path;
        try
        {
            _stream = new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.Read, bufferSize: 0);
            Cut(step);
        }
        catch (Exception e) when (WriteFailure.Is(e))
        {
            _stream?.Dispose();
            throw new PoiseException(WriteFailure.Explain(path, e), e);
        }
    }

    /// <summary>All steps of a file.</summary>
    public static IReadOnlyList<RunMetrics> Read(string path)
    {
        using FileStream stream = new(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        return [.. ReadLines(stream).Select(line => line.Metrics)];
    }

    public void Append(RunMetrics metrics)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            Write(json, metrics);
            json.WriteEndObject();
        }
        buffer.WriteByte((byte)'\n');
        try
        {
            _stream.Write(buffer.ToArray());
        }
        catch (Exception e) when (WriteFailure.Is(e))
        {
            throw new PoiseException($"{WriteFailure.Explain(_path, e)}. The same command goes on from the last checkpoint.", e);
        }
    }

    /// <summary>The fields of one step.</summary>
    internal static void Write(Utf8JsonWriter json, RunMetrics metrics)
    {
        json.WriteNumber("step", metrics.Step);
        json.WriteNumber("epoch", metrics.Epoch);
        Number("loss", metrics.Loss);
        Number("gradient_norm", metrics.GradientNorm);
        Number("learning_rate", metrics.LearningRate);
        json.WriteNumber("tokens", metrics.Tokens);
        Number("seconds", metrics.Seconds);
        json.WriteNumber("memory_bytes", metrics.MemoryBytes);
        if (metrics.ProcessedTokens > 0) json.WriteNumber("processed_tokens", metrics.ProcessedTokens);
        Optional("margin", metrics.Margin);
        Optional("accuracy", metrics.Accuracy);
        Optional("evaluation_loss", metrics.EvaluationLoss);
        Optional("evaluation_margin", metrics.EvaluationMargin);
        Optional("evaluation_accuracy", metrics.EvaluationAccuracy);

        void Optional(string name, double? value)
        {
            if (value is { } number) Number(name, number);
        }

        void Number(string name, double value)
        {
            if (double.IsFinite(value)) json.WriteNumber(name, value);
            else json.WriteString(name, value.ToString(CultureInfo.InvariantCulture));
        }
    }

    void Cut(long step)
    {
        long end = 0;
        foreach ((RunMetrics metrics, long after) in ReadLines(_stream))
        {
            if (metrics.Step > step) break;
            end = after;
        }
        _stream.SetLength(end);
        _stream.Position = end;
    }

    /// <summary>Whole lines, each with the length of the file up to its end. Stops at the first that is not one of ours.</summary>
    static IEnumerable<(RunMetrics Metrics, long After)> ReadLines(Stream stream)
    {
        var lines = new Transcripts.LineReader(stream, "metrics");
        while (lines.Read(out bool whole) is { } line && whole && Parse(line) is { } metrics) yield return (metrics, lines.Position);
    }

    static RunMetrics? Parse(byte[] line)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(line);
            JsonElement root = document.RootElement;
            return new RunMetrics(Count("step"), Count("epoch"), Number("loss"), Number("gradient_norm"), Number("learning_rate"), Count("tokens"), Number("seconds"),
                Count("memory_bytes"), Optional("evaluation_loss"))
            {
                ProcessedTokens = root.TryGetProperty("processed_tokens", out _) ? Count("processed_tokens") : 0,
                Margin = Optional("margin"), Accuracy = Optional("accuracy"), EvaluationMargin = Optional("evaluation_margin"), EvaluationAccuracy = Optional("evaluation_accuracy"),
            };

            long Count(string name) => root.GetProperty(name).GetInt64();
            double? Optional(string name) => root.TryGetProperty(name, out _) ? Number(name) : null;
            double Number(string name) => root.GetProperty(name) is { ValueKind: JsonValueKind.String } text
                ? double.Parse(text.GetString()!, CultureInfo.InvariantCulture) : root.GetProperty(name).GetDouble();
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException or FormatException)
        {
            return null;
        }
    }

    public void Dispose() => _stream.Dispose();
}
