namespace Poise.Core.Chat;

/// <summary>How one model family is spoken to: conversation to prompt ids, and generated ids back to messages.</summary>
public interface IChatDialect
{
    /// <summary>The name that `poise parse` takes: lower case, a word or two joined by a hyphen.</summary>
    string Name { get; }

    /// <summary>Ids that end the assistant's turn.</summary>
    IReadOnlyList<int> StopIds { get; }

    /// <summary>The prompt, up to where the assistant begins to write. Throws a PoiseException for a conversation that the format cannot hold.</summary>
    IReadOnlyList<int> Render(ChatRequest request);

    /// <summary>A parser for one answer to a prompt of <see cref="Render"/>.</summary>
    IAnswerParser CreateParser();
}

/// <summary>
/// Reads one answer, id by id, and never fails: what the model wrote outside its format is still text of the answer or of
/// the reasoning, and no control token is ever part of either.
/// </summary>
public interface IAnswerParser
{
    /// <summary>Takes one generated id, the stop id included, and adds what became certain by it.</summary>
    void Push(int id, ICollection<AnswerPart> parts);

    /// <summary>Ends the stream, adds what was held back, and returns the assistant's message: the parts put together.</summary>
    ChatMessage Finish(ICollection<AnswerPart> parts);
}

/// <summary>A piece of an answer as it streams.</summary>
public abstract record AnswerPart;

/// <summary>More of the answer.</summary>
public sealed record AnswerText(string Text) : AnswerPart;

/// <summary>More of the reasoning; not for the user.</summary>
public sealed record AnswerReasoning(string Text) : AnswerPart;

/// <summary>A complete call of a tool.</summary>
public sealed record AnswerToolCall(ToolCall Call) : AnswerPart;
