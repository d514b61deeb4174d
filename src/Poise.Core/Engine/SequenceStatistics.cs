namespace Poise.Core.Engine;

/// <summary>What a sequence took.</summary>
public sealed record SequenceStatistics
{
    public required int PromptTokens { get; init; }

    /// <summary>Tokens at the beginning of the prompt whose pages were there already.</summary>
    public required int ReusedTokens { get; init; }

    public required int GeneratedTokens { get; init; }

    /// <summary>Tokens that were computed because they had followed the last ones before; see <see cref="EngineOptions.DraftTokens"/>.</summary>
    public required int DraftedTokens { get; init; }

    /// <summary>Those of them that came: so many steps were saved.</summary>
    public required int AcceptedTokens { get; init; }

    /// <summary>From the request until it was admitted.</summary>
    public required TimeSpan Waited { get; init; }

    /// <summary>From admission until the first token: the prompt.</summary>
    public required TimeSpan Prompt { get; init; }

    /// <summary>From the first token until the last.</summary>
    public required TimeSpan Answer { get; init; }

    /// <summary>Prompt tokens computed per second, or 0.</summary>
    public double PromptSpeed => Prompt > TimeSpan.Zero ? (PromptTokens - ReusedTokens) / Prompt.TotalSeconds : 0;

    /// <summary>Tokens after the first per second, or 0.</summary>
    public double AnswerSpeed => Answer > TimeSpan.Zero ? Math.Max(0, GeneratedTokens - 1) / Answer.TotalSeconds : 0;
}
