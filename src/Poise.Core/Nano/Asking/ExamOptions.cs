namespace Poise.Core.Nano.Asking;

/// <summary>How a model is asked.</summary>
sealed record ExamOptions
{
    /// <summary>What formats that print the date print: a fixed day, so that results do not depend on when a model is asked.</summary>
    public DateTimeOffset Now { get; init; } = new(2026, 1, 15, 12, 0, 0, TimeSpan.Zero);

    /// <summary>Tokens of an answer, its reasoning included; what is cut is wrong. Right ones take less than 140 with the vocabulary of gpt-oss.</summary>
    public int MaxTokens { get; init; } = 400;
}
