namespace Poise.Core.Chat;

/// <summary>
/// Names of what Poise adds to the types of Microsoft.Extensions.AI. Counts stand in <c>UsageDetails.AdditionalCounts</c>
/// of the answer's last update; tokens read from the cache of an earlier turn are <c>UsageDetails.CachedInputTokenCount</c>.
/// </summary>
public static class ChatKeys
{
    /// <summary>Count: tokens of the context that prompt and answer fill.</summary>
    public const string ContextUsed = "poise.context_used";

    /// <summary>Count: tokens that the context holds.</summary>
    public const string ContextLength = "poise.context_length";

    /// <summary>Count: microseconds spent reading the prompt.</summary>
    public const string PromptMicroseconds = "poise.prompt_microseconds";

    /// <summary>Count: microseconds spent writing the answer, its first token not included.</summary>
    public const string AnswerMicroseconds = "poise.answer_microseconds";

    /// <summary>Additional property of an update without contents, a long: tokens of the prompt read so far.</summary>
    public const string PromptRead = "poise.prompt_read";

    /// <summary>Beside <see cref="PromptRead"/>, a long: tokens of the prompt that have to be read.</summary>
    public const string PromptLength = "poise.prompt_length";

    /// <summary>Additional property of a message, true: the person stopped this answer before its end.</summary>
    public const string Stopped = "poise.stopped";

    /// <summary>Additional property of a function call, text: the arguments as the model wrote them, where they are no JSON object.</summary>
    public const string ArgumentsText = "poise.arguments_text";
}
