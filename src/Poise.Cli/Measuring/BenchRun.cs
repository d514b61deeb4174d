using System.Diagnostics;
using Poise.Cli.Output;
using Poise.Core.Models;

namespace Poise.Cli.Measuring;

/// <summary>Takes measurements one after the other. What is done stays readable when one of them is interrupted or fails.</summary>
sealed class BenchRun(Model model, IReadOnlyList<Measurement> plan, int rounds, RandomPrompts prompts, double temperature, ProgressLine progress)
{
    readonly List<Measured> _results = [];
    readonly RemainingTime _remaining = new(plan, rounds + 1);

    /// <summary>The last may have fewer rounds than asked for.</summary>
    public IReadOnlyList<Measured> Results => _results;

    /// <summary>Whether every round of every measurement was taken.</summary>
    public bool IsComplete => _results.Count == plan.Count && _results.All(result => result.Rounds.Count == rounds);

    public async Task RunAsync(CancellationToken cancellation)
    {
        foreach (Measurement measurement in plan)
        {
            var speeds = new List<double>();
            try
            {
                await MeasureAsync(measurement, speeds, cancellation);
            }
            finally
            {
                if (speeds.Count > 0) _results.Add(new Measured(measurement, speeds));
            }
        }
    }

    async Task MeasureAsync(Measurement measurement, List<double> speeds, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        string label = measurement.Batch > 1 ? $"{measurement.Label}, batch {measurement.Batch}" : measurement.Label;
        await using var engine = new MeasuringEngine(model, measurement, prompts, temperature);
        if (engine.NeedsFilling)
        {
            long total = (long)measurement.Batch * measurement.PromptTokens, started = Stopwatch.GetTimestamp();
            await engine.FillAsync(read => progress.Show($"{label}, reading what lies before{_remaining},", read, total), cancellation);
            _remaining.Read((long)measurement.Batch * measurement.Depth, Stopwatch.GetElapsedTime(started));
        }

        // Round 0 warms up: pages of memory, the weights' file and the JIT's second thoughts.
        for (int round = 0; round <= rounds; round++)
        {
            // Between rounds only: what is measured writes to no terminal.
            progress.Show(round == 0 ? $"{label}, warm-up{_remaining}" : $"{label}, round {round} of {rounds}{_remaining}", 0, 0);
            StepClock clock = await engine.RunAsync(cancellation);
            TimeSpan time = measurement.IsDecode ? clock.Steps : clock.Prompts;
            long tokens = (long)measurement.Batch * measurement.Tokens;
            if (measurement.IsDecode) _remaining.Decoded(measurement.Tokens, time);
            else _remaining.Read(tokens, time);
            if (round > 0) speeds.Add(tokens / time.TotalSeconds);
        }
    }
}
