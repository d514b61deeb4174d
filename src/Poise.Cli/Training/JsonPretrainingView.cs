using Poise.Core.Pretraining;
using Poise.Core.Training.Reports;
using Poise.Core.Training.Runs;

namespace Poise.Cli.Training;

/// <summary>A training from nothing for programs: one JSON object an event, one a line, on standard output.</summary>
sealed class JsonPretrainingView : PretrainingOutput
{
    readonly JsonRunView _lines = new();

    public override void Begin(string stage) => _lines.Write("begin", json => json.WriteString("stage", stage));

    // Nobody reads along.
    public override void Progress(string stage, long done, long total)
    {
    }

    public override void Run(string stage, FineTuneRun run) => _lines.Write("run", json =>
    {
        json.WriteString("stage", stage);
        json.WriteNumber("steps", run.Steps);
    });

    public override void Step(string stage, RunMetrics metrics) => _lines.Write("step", json =>
    {
        json.WriteString("stage", stage);
        MetricsLog.Write(json, metrics);
    });

    public override void Note(string message) => _lines.Write("note", json => json.WriteString("message", message));

    public override void End(StageDigest stage, TimeSpan time, bool kept) => _lines.Write("end", json =>
    {
        json.WriteString("stage", stage.Name);
        json.WriteString("sha256", stage.Sha256);
        json.WriteNumber("seconds", time.TotalSeconds);
        json.WriteBoolean("kept", kept);
    });

    public override void Differs(TrainingDifference difference) => _lines.Write("differs", json =>
    {
        json.WriteString("stage", difference.Stage);
        if (difference.Step > 0) json.WriteNumber("step", difference.Step);
        json.WriteString("what", difference.What);
        json.WriteString("published", difference.Published);
        json.WriteString("here", difference.Here);
    });

    public override void Finished(string message, string? path) => _lines.Write("finished", json =>
    {
        json.WriteString("message", message);
        if (path is not null) json.WriteString("path", path);
    });

    public override void Dispose() => _lines.Dispose();
}
