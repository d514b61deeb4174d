namespace Poise.Core.Training.Replaying;

/// <summary>What is to be computed again, and where the things lie that the transcript only names.</summary>
/// <param name="Transcript">The file, or the folder of the run.</param>
sealed record ReplayOptions(string Transcript)
{
    /// <summary>The first step to check; 0 for the first of all.</summary>
    public long From { get; init; }

    /// <summary>The last; 0 for the last of the transcript.</summary>
    public long To { get; init; }

    /// <summary>A Hugging Face folder; null to look for the one that the recipe names.</summary>
    public string? Model { get; init; }

    /// <summary>All files in the order of the run; none to look for those that the transcript names.</summary>
    public IReadOnlyList<string> Data { get; init; } = [];

    /// <summary>The adapter that the run went on from, or null.</summary>
    public string? Adapter { get; init; }

    public int Threads { get; init; }

    /// <summary>What is done, how much of it, and of how much. May come from several threads.</summary>
    public Action<string, long, long>? Progress { get; init; }
}
