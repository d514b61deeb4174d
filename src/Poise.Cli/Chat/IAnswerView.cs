using Microsoft.Extensions.AI;

namespace Poise.Cli.Chat;

/// <summary>Shows one answer as it comes.</summary>
interface IAnswerView
{
    /// <summary>How far the prompt has been read, in tokens. Comes before anything else, or not at all.</summary>
    void Reading(long done, long total);

    void Reasoning(string text);

    void Text(string text);

    void ToolCall(FunctionCallContent call);

    /// <summary>Called once, whatever happened.</summary>
    void End(AnswerEnd end);
}

/// <summary>How an answer ended.</summary>
enum AnswerOutcome
{
    Complete,

    /// <summary>By the person.</summary>
    Stopped,

    /// <summary>By an error, which is told apart.</summary>
    Failed,
}

/// <param name="Reason">stop, length, tool_calls ...; stopped or error where the model did not end it.</param>
sealed record AnswerEnd(AnswerOutcome Outcome, string Reason, AnswerStatistics Statistics);
