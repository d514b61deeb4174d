using Poise.Core.Chat;

namespace Poise.Core.Nano.Grading;

/// <summary>What came in answer to a question.</summary>
/// <param name="Message">What was said, as far as it came.</param>
/// <param name="Problem">Why it is wrong whatever it says: it was cut, or the question could not be asked; otherwise null.</param>
sealed record GivenAnswer(ChatMessage Message, string? Problem = null)
{
    /// <summary>Tokens that the answer took, reasoning and control tokens included; 0 where the question could not be asked.</summary>
    public int Tokens { get; init; }
}
