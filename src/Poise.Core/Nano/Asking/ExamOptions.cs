namespace Poise.Core.Nano.Asking;

/// <summary>How a model is asked.</summary>
sealed record ExamOptions
{
    /// <summary>Tokens of an answer, its reasoning included; what is cut is wrong. Right ones take less than 140 with the vocabulary of gpt-oss.</summary>
    public int MaxTokens { get; init; } = 400;
}
