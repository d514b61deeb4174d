using System.Globalization;
using Microsoft.Extensions.AI;
using Poise.Cli.Output;
using Poise.Core.Chat;

namespace Poise.Cli.Chat;

/// <summary>Figures of one answer. What the client does not tell is null; times are then those that were seen from here.</summary>
sealed record AnswerStatistics
{
    public long? PromptTokens { get; init; }

    /// <summary>Of the prompt: tokens that an earlier turn had already read.</summary>
    public long? CachedTokens { get; init; }

    public long? AnswerTokens { get; init; }

    public long? ReasoningTokens { get; init; }

    public long? ContextUsed { get; init; }

    public long? ContextLength { get; init; }

    public TimeSpan PromptTime { get; init; }

    public TimeSpan AnswerTime { get; init; }

    /// <summary>The first token ends the reading of the prompt, so it does not count towards the speed of writing.</summary>
    public double? TokensPerSecond => Rate(AnswerTokens - 1, AnswerTime);

    public double? PromptTokensPerSecond => Rate(PromptTokens - (CachedTokens ?? 0), PromptTime);

    public static AnswerStatistics Of(UsageDetails? usage, TimeSpan seenPrompt, TimeSpan seenAnswer)
    {
        long? Count(string key) => usage?.AdditionalCounts?.TryGetValue(key, out long value) == true ? value : null;
        return new AnswerStatistics
        {
            PromptTokens = usage?.InputTokenCount,
            CachedTokens = usage?.CachedInputTokenCount,
            AnswerTokens = usage?.OutputTokenCount,
            ReasoningTokens = usage?.ReasoningTokenCount,
            ContextUsed = Count(ChatKeys.ContextUsed),
            ContextLength = Count(ChatKeys.ContextLength),
            PromptTime = Count(ChatKeys.PromptMicroseconds) is { } prompt ? TimeSpan.FromMicroseconds(prompt) : seenPrompt,
            AnswerTime = Count(ChatKeys.AnswerMicroseconds) is { } answer ? TimeSpan.FromMicroseconds(answer) : seenAnswer,
        };
    }

    public override string ToString()
    {
        var parts = new List<string>();
        if (TokensPerSecond is { } rate) parts.Add(string.Create(CultureInfo.InvariantCulture, $"{rate:0.0} tok/s"));
        if (PromptTokens is { } prompt) parts.Add($"prompt {Quantity.Count(prompt)} tokens" + (CachedTokens is > 0 and var cached ? $" ({Quantity.Count(cached)} reused)" : ""));
        if (AnswerTokens is { } answer) parts.Add($"answer {Quantity.Count(answer)} tokens");
        if (ContextUsed is { } used) parts.Add($"context {Quantity.Count(used)}" + (ContextLength is { } length ? $" of {Quantity.Count(length)}" : ""));
        return string.Join(" · ", parts);
    }

    static double? Rate(long? tokens, TimeSpan time) => tokens is > 0 and var count && time > TimeSpan.Zero ? count / time.TotalSeconds : null;
}
