namespace Poise.Core.Chat;

/// <summary>Who speaks. Instructions rank in this order: system, developer, user, assistant, tool.</summary>
public enum ChatRole
{
    System,
    Developer,
    User,
    Assistant,
    Tool,
}

/// <summary>One turn, whatever the model family: every template renders it, every dialect reads it back.</summary>
public sealed record ChatMessage
{
    public required ChatRole Role { get; init; }

    /// <summary>What is said, in order. Several texts are joined without a separator.</summary>
    public IReadOnlyList<ContentPart> Content { get; init; } = [];

    /// <summary>The author's name, where there is one; for a tool's result, the tool.</summary>
    public string? Name { get; init; }

    /// <summary>The assistant's reasoning that led to this turn. Not for the user.</summary>
    public string? Reasoning { get; init; }

    /// <summary>Tools that the assistant asks for.</summary>
    public IReadOnlyList<ToolCall> ToolCalls { get; init; } = [];

    /// <summary>For a tool's result: the call that it answers.</summary>
    public string? ToolCallId { get; init; }

    /// <summary>All text parts together.</summary>
    public string Text => string.Concat(Content.OfType<TextContent>().Select(part => part.Text));

    public static ChatMessage Of(ChatRole role, string text) => new() { Role = role, Content = [new TextContent(text)] };
}

/// <summary>A piece of a message.</summary>
public abstract record ContentPart;

/// <summary>Text.</summary>
public sealed record TextContent(string Text) : ContentPart;

/// <summary>A request of the assistant to a tool.</summary>
/// <param name="Id">Unique in the conversation; the result names it.</param>
/// <param name="Arguments">JSON text, as the model wrote it: it may be ill-formed.</param>
public sealed record ToolCall(string Id, string Name, string Arguments);
