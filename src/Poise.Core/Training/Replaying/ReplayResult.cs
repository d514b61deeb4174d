using Poise.Core.Training.Transcripts;

namespace Poise.Core.Training.Replaying;

/// <summary>What a replay found. Grows while it goes on, so that one that is stopped tells how far it came.</summary>
sealed class ReplayResult
{
    /// <summary>Null where its chain is broken.</summary>
    public Transcript? Transcript { get; set; }

    public long From { get; set; }

    public long To { get; set; }

    /// <summary>Steps done before the first that was computed: those of a checkpoint, or 0.</summary>
    public long Start { get; set; }

    /// <summary>The last step that was computed and compared.</summary>
    public long Reached { get; set; }

    public long Targets { get; set; }

    /// <summary>Steps after which the weights were compared with a digest.</summary>
    public List<long> Digests { get; } = [];

    /// <summary>Checkpoints that were compared value by value.</summary>
    public List<long> Checkpoints { get; } = [];

    /// <summary>Steps after which the evaluation was computed again.</summary>
    public List<long> Evaluations { get; } = [];

    /// <summary>Whether the adapter or the model was written again and compared.</summary>
    public bool Result { get; set; }

    /// <summary>Null where nothing differs.</summary>
    public ReplayFinding? Finding { get; set; }

    /// <summary>What is no difference and should be known.</summary>
    public List<string> Notes { get; } = [];

    /// <summary>False where it was stopped on the way.</summary>
    public bool IsComplete { get; set; }

    public double Seconds { get; set; }
}
