using System.Text.Json;
using Poise.Cli.Output;
using Poise.Core.Training.Reports;
using Poise.Tensors.Formats;

namespace Poise.Cli.Training;

/// <summary>A run for programs: one JSON object an event, one a line, on standard output.</summary>
sealed class JsonRunView : IRunView
{
    readonly Stream _output = StandardOutput.OpenBuffered();

    public void Begin(ForecastReport forecast) => Write("forecast", forecast.Write);

    public void Warn(string message) => Write("note", json => json.WriteString("message", message));

    public void Step(RunMetrics metrics) => Write("step", json => MetricsLog.Write(json, metrics));

    public void Sample(RunSample sample) => Write("sample", json =>
    {
        json.WriteNumber("step", sample.Step);
        json.WriteString("prompt", sample.Prompt);
        json.WriteString("answer", sample.Answer);
    });

    public void End(string? path, string? memory) => Write("end", json =>
    {
        json.WriteString("state", path is null ? "interrupted" : "finished");
        if (path is not null) json.WriteString("path", path);
        if (memory is not null) json.WriteString("memory", memory);
    });

    /// <summary>One event, flushed: whoever reads it wants to know now.</summary>
    public void Write(string name, Action<Utf8JsonWriter> fields)
    {
        using (var json = new Utf8JsonWriter(_output, JsonWriting.Plain))
        {
            json.WriteStartObject();
            json.WriteString("event", name);
            fields(json);
            json.WriteEndObject();
        }

        _output.WriteByte((byte)'\n');
        _output.Flush();
    }

    public void Dispose() => _output.Dispose();
}
