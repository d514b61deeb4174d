using Poise.Core.Training.Graph;

namespace Poise.Core.Training.Learning;

/// <summary>What learns in a run: an adapter, or a model as a whole.</summary>
interface ILearner : IDisposable
{
    TrainingModel Model { get; }

    /// <summary>In an order that does not change.</summary>
    IReadOnlyList<Parameter> Parameters { get; }

    /// <summary>Where a run's folder holds the result.</summary>
    string FolderName { get; }

    /// <summary>Bytes of the result on the disk, about.</summary>
    long ResultBytes { get; }

    /// <summary>What people should know before the run.</summary>
    IReadOnlyList<string> Notes { get; }

    /// <summary>Writes what was trained; what lay there before is replaced.</summary>
    void Write(string folder);
}
