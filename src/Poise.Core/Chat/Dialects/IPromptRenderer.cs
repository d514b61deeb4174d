namespace Poise.Core.Chat.Dialects;

/// <summary>Conversation to prompt ids, for families whose prompt is written by the template that comes with the model.</summary>
public interface IPromptRenderer
{
    /// <summary>The prompt, up to where the assistant begins to write. Throws a PoiseException for a conversation that the template refuses.</summary>
    IReadOnlyList<int> Render(ChatRequest request);
}
