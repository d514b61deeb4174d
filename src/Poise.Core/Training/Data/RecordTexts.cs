using Poise.Core.Chat;
using Poise.Tensors;

namespace Poise.Core.Training.Data;

/// <summary>What of a record a tokenizer learns from.</summary>
static class RecordTexts
{
    /// <param name="harmony">Conversations are written as harmony has them, with the words of headers and the system message; otherwise it is what was said.</param>
    /// <exception cref="PoiseException">The record has no text, or the format cannot hold it.</exception>
    public static IEnumerable<string> Of(DataRecord record, bool harmony) => record switch
    {
        TextRecord text => [text.Text],
        ConversationRecord conversation => harmony ? HarmonySamples.Texts(conversation) : Said(conversation),
        ContinuationRecord { IsChat: true } both when harmony => HarmonySamples.Texts(both.AsConversation()),
        ContinuationRecord both => [both.Prompt + both.Between + both.Completion],
        _ => throw new PoiseException("these are ids, and a tokenizer learns from text"),
    };

    static IEnumerable<string> Said(ConversationRecord conversation)
    {
        foreach (ToolDefinition tool in conversation.Tools)
        {
            yield return tool.Name;
            if (tool.Description is { } description) yield return description;
            if (tool.Parameters is { } parameters) yield return parameters.GetRawText();
        }
        foreach (ChatMessage message in conversation.Messages)
        {
            if (message.Reasoning is { } reasoning) yield return reasoning;
            yield return message.Text;
            foreach (ToolCall call in message.ToolCalls)
            {
                yield return call.Name;
                yield return call.Arguments;
            }
        }
    }
}
