using System.Globalization;
using Poise.Cli.Output;
using Poise.Core.Pretraining;
using Poise.Core.Training.Forecasts;
using Poise.Core.Training.Reports;
using Poise.Core.Training.Runs;

namespace Poise.Cli.Training;

/// <summary>
/// A training from nothing for people: a line for each stage with its digest on standard output, and below it, while it goes, its progress on standard error.
/// </summary>
/// <param name="folder">Of the training.</param>
/// <param name="published">What the digests are compared with, or null.</param>
sealed class TextPretrainingView(string folder, PublishedTraining? published, int threads) : IPretrainingOutput
{
    readonly ProgressLine _progress = new();
    TextRunView? _run;

    public void Begin(string stage)
    {
        End();
        _progress.Show(stage, 0, 0);
    }

    public void Progress(string stage, long done, long total) => _progress.Show(stage, done, total);

    public void Run(string stage, FineTuneRun run)
    {
        _progress.Clear();
        RunForecast forecast = run.Machine.Forecast;
        _run = new TextRunView(run.Steps, Path.Combine(folder, stage));
        _run.Begin(new ForecastReport(forecast, SpeedProbe.Measure(run.Machine.Package.Config.HiddenSize, threads)));
        foreach (string note in run.Notes) _run.Warn(note);
    }

    public void Step(string stage, RunMetrics metrics) => _run!.Step(metrics);

    public void Note(string message)
    {
        _progress.Clear();
        Console.Error.WriteLine($"note: {message}");
    }

    public void End(StageDigest stage, TimeSpan time, bool kept)
    {
        End();
        string verdict = published?.Digests.Find(stage.Name) is null ? "" : ", as published";
        Console.Out.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{stage.Name,-10}  {stage.Sha256}  {(kept ? "was there" : ForecastReport.Duration(time.TotalSeconds))}{verdict}"));
    }

    public void Differs(TrainingDifference difference)
    {
        End();
        string place = difference.Step > 0 ? string.Create(CultureInfo.InvariantCulture, $"{difference.Stage}, step {difference.Step:N0}") : difference.Stage;
        Console.Out.WriteLine($"DIFFERS     {place}: {difference.What} is {difference.Here} here, and {difference.Published} as published");
    }

    public void Finished(string message, string? path)
    {
        End();
        Console.Out.WriteLine(path ?? message);
    }

    void End()
    {
        _run?.Dispose();
        _run = null;
        _progress.Clear();
    }

    public void Dispose() => End();
}
