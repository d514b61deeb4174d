using Poise.Core.Training.Reports;

namespace Poise.Cli.Training;

/// <summary>Shows a run while it goes.</summary>
interface IRunView : IDisposable
{
    void Begin(ForecastReport forecast);

    void Warn(string message);

    void Step(RunMetrics metrics);

    void Sample(RunSample sample);

    /// <param name="path">Of the result; null where the run was interrupted.</param>
    /// <param name="memory">A sentence where the memory was far from what was foreseen; else null.</param>
    void End(string? path, string? memory);
}
