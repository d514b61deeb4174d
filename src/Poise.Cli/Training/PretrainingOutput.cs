using Poise.Core.Pretraining;
using Poise.Core.Training.Reports;
using Poise.Core.Training.Runs;

namespace Poise.Cli.Training;

/// <summary>Shows a training from nothing, and how it ended.</summary>
abstract class PretrainingOutput : IPretrainingView, IDisposable
{
    public abstract void Begin(string stage);

    public abstract void Progress(string stage, long done, long total);

    public abstract void Run(string stage, FineTuneRun run);

    public abstract void Step(string stage, RunMetrics metrics);

    public abstract void Note(string message);

    public abstract void End(StageDigest stage, TimeSpan time, bool kept);

    /// <summary>Something is not as it was published.</summary>
    public abstract void Differs(TrainingDifference difference);

    /// <param name="message">A sentence.</param>
    /// <param name="path">Of what was made, where it is asked for.</param>
    public abstract void Finished(string message, string? path);

    public abstract void Dispose();
}
