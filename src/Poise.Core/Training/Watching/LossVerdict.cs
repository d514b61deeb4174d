namespace Poise.Core.Training.Watching;

/// <summary>What a run is to do after a step: go on, or stop and say why.</summary>
/// <param name="Message">For the person: what happened and what to try. Empty where all is well.</param>
public sealed record LossVerdict(LossTrouble Trouble, string Message)
{
    public static LossVerdict Fine { get; } = new(LossTrouble.None, "");

    public bool MustStop => Trouble != LossTrouble.None;
}

/// <summary>Why a run stops.</summary>
public enum LossTrouble
{
    None,
    NotANumber,
    Exploding,
}
