namespace Poise.Core.Chat.Harmony;

/// <summary>What an id means to the format.</summary>
public enum HarmonyToken
{
    /// <summary>A piece of text.</summary>
    Text,

    /// <summary>An id that the vocabulary does not know.</summary>
    Unknown,

    /// <summary>A special token that the format has no use for: reserved ids, the start of a text.</summary>
    Other,

    /// <summary>The model's own end of a text, which the format has no use for either but which ends a generation.</summary>
    EndOfText,
    Start,
    Channel,
    Constrain,
    Message,
    End,
    Call,
    Return,
}
