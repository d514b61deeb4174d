using Poise.Core.Training.Reports;
using Poise.Core.Training.Runs;

namespace Poise.Core.Pretraining;

/// <summary>Sees a training while it goes.</summary>
interface IPretrainingView
{
    /// <summary>A stage begins.</summary>
    void Begin(string stage);

    /// <summary>How far a stage is that is no run.</summary>
    void Progress(string stage, long done, long total);

    /// <summary>A run begins or goes on.</summary>
    void Run(string stage, FineTuneRun run);

    void Step(string stage, RunMetrics metrics);

    void Note(string message);

    /// <summary>A stage is done.</summary>
    /// <param name="kept">Whether it had been done before.</param>
    void End(StageDigest stage, TimeSpan time, bool kept);
}
