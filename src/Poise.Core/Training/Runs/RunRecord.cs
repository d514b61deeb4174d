using System.Globalization;
using Poise.Core.Training.Memory;
using Poise.Core.Training.Reports;
using Poise.Core.Training.Transcripts;

namespace Poise.Core.Training.Runs;

/// <summary>What a run leaves for people: the numbers of its steps, answers on the way, and a page with charts. The run does not depend on it.</summary>
sealed class RunRecord : IDisposable
{
    readonly string _folder;
    readonly StepMachine _machine;
    readonly TranscriptHeader _header;
    readonly MetricsLog _metrics;
    readonly SampleLog _samples;
    readonly List<RunMetrics> _history;

    /// <param name="step">The steps done.</param>
    public RunRecord(string folder, StepMachine machine, TranscriptHeader header, long step, bool resumed)
    {
        (_folder, _machine, _header) = (folder, machine, header);
        string path = Path.Combine(folder, RunReport.MetricsFile);
        _metrics = new MetricsLog(path, step);
        _history = [.. MetricsLog.Read(path)];
        _samples = new SampleLog(Path.Combine(folder, SampleLog.FileName), resumed ? step : -1);
    }

    public void Add(RunMetrics metrics)
    {
        _metrics.Append(metrics);
        _history.Add(metrics);
    }

    public bool HasSamples(long step) => _samples.Has(step);

    public void Add(IReadOnlyList<RunSample> samples) => _samples.Add(samples);

    /// <summary>Writes the page anew.</summary>
    /// <param name="state">running, finished, interrupted, stopped.</param>
    public void Write(string state)
    {
        string name = Path.GetFileName(Path.TrimEndingDirectorySeparator(_machine.Package.Path));
        RunReport.Write(_folder, new RunSummary($"Fine-tuning of {name}", Facts(state), _samples.Samples, _header.Recipe), _history);
    }

    List<(string, string)> Facts(string state)
    {
        var facts = new List<(string, string)>
        {
            ("State", string.Create(CultureInfo.InvariantCulture, $"{state}, {(_history.Count == 0 ? 0 : _history[^1].Step):N0} of {_machine.Steps:N0} steps")),
            ("Method", $"{_machine.Recipe.Method.ToString().ToLowerInvariant()}{(_machine.Recipe.Adapter is { } adapter ? string.Create(CultureInfo.InvariantCulture, $", {adapter.Kind} of rank {adapter.Rank}, alpha {adapter.Alpha}") : ", all weights")}"),
            ("Trained parameters", string.Create(CultureInfo.InvariantCulture, $"{_machine.Learner.Parameters.Sum(p => p.Elements):N0} of {_machine.Package.Parameters:N0} in the model")),
            ("Model", _machine.Package.Path),
            ("Base", _header.Base),
            ("Tokenizer", _header.Tokenizer),
            ("Recipe digest", _header.RecipeDigest),
        };
        foreach (TranscriptFile file in _header.Data) facts.Add(($"Data: {file.Name}", file.Digest));
        facts.Add(("First weights", _header.InitialWeights));
        if (state == "finished") facts.Add(("Last weights", _machine.Digest()));
        facts.Add(("Code", _header.Code));
        facts.Add(("Memory", string.Create(CultureInfo.InvariantCulture, $"{_machine.Forecast.Memory.Total / 1e9:0.00} GB foreseen, {PeakMemory.Bytes() / 1e9:0.00} GB at most in this process")));
        return facts;
    }

    public void Dispose() => _metrics.Dispose();
}
