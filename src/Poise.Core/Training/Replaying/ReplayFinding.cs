namespace Poise.Core.Training.Replaying;

/// <summary>The first difference between a transcript and what was found.</summary>
/// <param name="Step">0 for what the run started from.</param>
/// <param name="What">The thing that differs: a field of the transcript, a file.</param>
/// <param name="Recorded">What the transcript has.</param>
/// <param name="Found">What was computed, or lies in the file.</param>
/// <param name="Meaning">For people: what it says about the cause.</param>
sealed record ReplayFinding(ReplayKind Kind, long Step, string What, string Recorded, string Found, string Meaning)
{
    /// <summary>Whether one line of the transcript may be at fault and not the computation.</summary>
    public bool IsOfALine => Kind is ReplayKind.LearningRate or ReplayKind.Loss or ReplayKind.Gradient;
}
