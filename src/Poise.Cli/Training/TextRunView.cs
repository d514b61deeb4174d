using System.Diagnostics;
using System.Globalization;
using Poise.Cli.Output;
using Poise.Core.Training.Reports;

namespace Poise.Cli.Training;

/// <summary>
/// A run for people: on a terminal one line with a bar that is rewritten, else a line every ten seconds; all on standard error.
/// Standard output gets the path of the result alone.
/// </summary>
/// <param name="steps">Of the whole run.</param>
/// <param name="folder">Of the run.</param>
sealed class TextRunView(long steps, string folder) : IRunView
{
    const int BarWidth = 20;
    static readonly TimeSpan s_pause = TimeSpan.FromSeconds(10);

    readonly ProgressLine _progress = new();
    readonly bool _terminal = !Console.IsErrorRedirected;
    long _began, _first, _told;

    public void Begin(ForecastReport forecast)
    {
        Tell(forecast.Line());
        _began = _told = Stopwatch.GetTimestamp();
        _first = -1;
    }

    public void Warn(string message) => Tell($"note: {message}");

    public void Step(RunMetrics metrics)
    {
        if (_first < 0) _first = metrics.Step - 1;
        double passed = Stopwatch.GetElapsedTime(_began).TotalSeconds, left = passed / (metrics.Step - _first) * (steps - metrics.Step);
        string line = string.Create(CultureInfo.InvariantCulture, $"step {metrics.Step:N0} of {steps:N0}, {Losses(metrics)}, {metrics.TokensPerSecond:N0} tokens/s{(left >= 1 ? $", about {ForecastReport.Duration(left)} left" : "")}");
        if (_terminal)
        {
            if (metrics.EvaluationLoss is not null) Tell(line);
            int done = (int)(BarWidth * metrics.Step / steps);
            _progress.Show($"{line} [{new string('#', done)}{new string('.', BarWidth - done)}]", metrics.Step, steps);
        }
        else if (metrics.EvaluationLoss is not null || metrics.Step == steps || Stopwatch.GetElapsedTime(_told) >= s_pause)
        {
            Tell(line);
            _told = Stopwatch.GetTimestamp();
        }
    }

    public void Sample(RunSample sample) =>
        Tell(string.Create(CultureInfo.InvariantCulture, $"step {sample.Step:N0}, {Printable.Line(sample.Prompt)} -> {Printable.Line(sample.Answer)}"));

    public void End(string? path, string? memory)
    {
        if (memory is not null) Tell($"note: {memory}");
        if (path is null) Tell($"stopped and saved; the same command goes on from the last step in {folder}");
        else
        {
            Tell($"report: {Path.Combine(folder, "report.html")}");
            Console.Out.WriteLine(path);
        }
    }

    static string Losses(RunMetrics metrics)
    {
        string text = string.Create(CultureInfo.InvariantCulture, $"loss {metrics.Loss:0.0000}");
        if (metrics.Margin is { } margin) text += string.Create(CultureInfo.InvariantCulture, $", margin {margin:0.000}");
        if (metrics.Accuracy is { } accuracy) text += string.Create(CultureInfo.InvariantCulture, $", accuracy {accuracy:0.00}");
        if (metrics.EvaluationLoss is { } evaluation) text += string.Create(CultureInfo.InvariantCulture, $", evaluation {evaluation:0.0000}");
        return text;
    }

    void Tell(string line)
    {
        _progress.Clear();
        Console.Error.WriteLine(line);
    }

    public void Dispose() => _progress.Clear();
}
