namespace Poise.Core.Nano.Language;

/// <summary>What a text is for. The two share no wording, name or number that the other could be found by.</summary>
enum Split
{
    /// <summary>To learn from.</summary>
    Training,

    /// <summary>To be asked about; never seen in training.</summary>
    HeldOut,
}
