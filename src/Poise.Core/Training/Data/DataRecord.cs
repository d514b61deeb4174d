using Poise.Core.Chat;

namespace Poise.Core.Training.Data;

/// <summary>What a line of a data set says, before it becomes tokens.</summary>
abstract record DataRecord;

/// <summary>A conversation.</summary>
sealed record ConversationRecord : DataRecord
{
    /// <summary>How a line of a data set spells its date.</summary>
    public const string DateFormat = "yyyy-MM-dd";

    public required IReadOnlyList<ChatMessage> Messages { get; init; }

    /// <summary>For each message whether it may carry loss: only messages of the assistant do, and those of a prompt do not.</summary>
    public required IReadOnlyList<bool> Counts { get; init; }

    public IReadOnlyList<ToolDefinition> Tools { get; init; } = [];

    public ReasoningEffort? Effort { get; init; }

    /// <summary>The day of the conversation, for formats that print it; null where none is told.</summary>
    public DateOnly? Date { get; init; }
}

/// <summary>A text and how it goes on. Loss falls on the latter.</summary>
/// <param name="IsChat">Whether a model with a chat format takes the two as a question and its answer.</param>
/// <param name="Between">What stands between the two where they are one text.</param>
sealed record ContinuationRecord(string Prompt, string Completion, bool IsChat = true, string Between = "") : DataRecord
{
    /// <summary>As a question and its answer.</summary>
    public ConversationRecord AsConversation() => new()
    {
        Messages = [ChatMessage.Of(ChatRole.User, Prompt), ChatMessage.Of(ChatRole.Assistant, Completion)],
        Counts = [false, true],
    };
}

/// <summary>Running text. Loss falls on all of it.</summary>
sealed record TextRecord(string Text) : DataRecord;

/// <summary>Ids. Null labels: loss falls on all of them.</summary>
sealed record TokensRecord(int[] Ids, int[]? Labels) : DataRecord;

/// <summary>Two answers to the same prompt.</summary>
sealed record PreferenceRecord(DataRecord Chosen, DataRecord Rejected) : DataRecord;
