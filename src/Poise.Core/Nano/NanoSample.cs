using Poise.Core.Chat;
using Poise.Core.Nano.Grading;
using Poise.Core.Nano.Language;
using Poise.Core.Training.Data;

namespace Poise.Core.Nano;

/// <summary>A conversation that ends with the answer to be learnt or to be asked for.</summary>
/// <param name="Kind">The task that it belongs to.</param>
/// <param name="Check">What an answer in place of the last message has to be.</param>
sealed record NanoSample(string Kind, Tongue Tongue, IReadOnlyList<ChatMessage> Messages, AnswerCheck Check)
{
    /// <summary>The part of the task, where tests tell parts apart.</summary>
    public string Part { get; init; } = "";

    public IReadOnlyList<ToolDefinition> Tools { get; init; } = [];

    public ReasoningEffort Effort { get; init; } = ReasoningEffort.Medium;

    /// <summary>The day that the model is told; null where it is told none. Test items always have one, as whoever asks a model has.</summary>
    public DateOnly? Date { get; init; }

    /// <summary>What stands before the answer.</summary>
    public IEnumerable<ChatMessage> Prompt => Messages.Take(Messages.Count - 1);

    /// <summary>A right answer.</summary>
    public ChatMessage Answer => Messages[^1];

    /// <summary>What the user said last.</summary>
    public string Question => Messages.Last(m => m.Role == ChatRole.User).Text;

    /// <summary>The conversation as data of training.</summary>
    public ConversationRecord Record => new() { Messages = Messages, Counts = [.. Enumerable.Range(0, Messages.Count).Select(Counts)], Tools = Tools, Effort = Effort, Date = Date };

    /// <summary>
    /// Whether a message of the assistant is to be learnt. Where the last turn begins with reasoning, answers of earlier turns stand without theirs, as
    /// they do in a prompt, and would teach to answer without.
    /// </summary>
    public bool Counts(int index)
    {
        int lastTurn = Messages.ToList().FindLastIndex(m => m.Role == ChatRole.User);
        return Messages[index].Role == ChatRole.Assistant && (index > lastTurn || Messages.Skip(lastTurn).All(m => m.Reasoning is null));
    }
}
