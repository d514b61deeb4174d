namespace Poise.Core.Engine;

/// <summary>Why a sequence ended.</summary>
public enum FinishReason
{
    /// <summary>A stop token; it is the last token of the stream.</summary>
    Stop,

    /// <summary>As many tokens as were asked for.</summary>
    MaxTokens,

    /// <summary>The context is full.</summary>
    ContextFull,

    /// <summary>The reader went away or asked for the end.</summary>
    Cancelled,

    /// <summary>The stream ended with an exception.</summary>
    Failed,
}
