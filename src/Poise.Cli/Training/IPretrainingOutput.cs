using Poise.Core.Pretraining;

namespace Poise.Cli.Training;

/// <summary>Shows a training from nothing, and how it ended.</summary>
interface IPretrainingOutput : IPretrainingView, IDisposable
{
    /// <summary>Something is not as it was published.</summary>
    void Differs(TrainingDifference difference);

    /// <param name="message">A sentence.</param>
    /// <param name="path">Of what was made, where it is asked for.</param>
    void Finished(string message, string? path);
}
