using Poise.Core.Pretraining;
using Poise.Core.Training.Reports;
using Poise.Core.Training.Runs;

namespace Poise.Cli.Training;

/// <summary>A training from nothing for programs: one JSON object an event, one a line, on standard output.</summary>
sealed class JsonPretrainingView : IPretrainingOutput
{
    readonly JsonRunView _lines = new();

    public void Begin(string stage) => _lines.Write("begin", json => json.WriteString("stage", stage));

    // Nobody reads along.
    public void Progress(string stage, long done, long total)
    {
    }

    public void Run(string stage, FineTuneRun run) => _lines.Write("run", json =>
    {
        json.WriteString("stage", stage);
        json.WriteNumber("steps", run.Steps);
    });

    public void Step(string stage, RunMetrics metrics) => _lines.Write("step", json =>
    {
        json.WriteString("stage", stage);
        MetricsLog.Write(json, metrics);
    });

    public void Note(string message) => _lines.Write("note", json => json.WriteString("message", message));

    public void End(StageDigest stage, TimeSpan time, bool kept) => _lines.Write("end", json =>
    {
        json.WriteString("stage", stage.Name);
        json.WriteString("sha256", stage.Sha256);
        json.WriteNumber("seconds", time.TotalSeconds);
        json.WriteBoolean("kept", kept);
    });

    public void Differs(TrainingDifference difference) => _lines.Write("differs", json =>
    {
        json.WriteString("stage", difference.Stage);
        if (difference.Step > 0) json.WriteNumber("step", difference.Step);
        json.WriteString("what", difference.What);
        json.WriteString("published", difference.Published);
        json.WriteString("here", difference.Here);
    });

    public void Finished(string message, string? path) => _lines.Write("finished", json =>
    {
        json.WriteString("message", message);
        if (path is not null) json.WriteString("path", path);
    });

    public void Dispose() => _lines.Dispose();
}
