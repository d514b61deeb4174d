namespace Poise.Core.Chat;

/// <summary>What a model is asked: the conversation so far, the tools at hand, and how much to think.</summary>
public sealed record ChatRequest
{
    public required IReadOnlyList<ChatMessage> Messages { get; init; }

    public IReadOnlyList<ToolDefinition> Tools { get; init; } = [];

    /// <summary>Null leaves it to the model's format.</summary>
    public ReasoningEffort? Effort { get; init; }

    /// <summary>The time of the request where the user is: formats print its date. An input, so that a prompt can be replayed.</summary>
    public required DateTimeOffset Now { get; init; }
}
