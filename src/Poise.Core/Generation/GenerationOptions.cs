namespace Poise.Core.Generation;

/// <summary>How the next token is chosen. Temperature 0 is greedy.</summary>
public sealed record GenerationOptions
{
    /// <summary>At most this many new tokens.</summary>
    public int MaxTokens { get; init; } = 512;

    /// <summary>0 (greedy) to 2.</summary>
    public float Temperature { get; init; }

    /// <summary>Above 0 to 1: the smallest set of likeliest tokens that reaches this probability.</summary>
    public float TopP { get; init; } = 1;

    /// <summary>Same seed, same text, on any machine.</summary>
    public ulong Seed { get; init; }

    /// <summary>Whether the model's own stop tokens end the text.</summary>
    public bool StopAtEnd { get; init; } = true;
}
