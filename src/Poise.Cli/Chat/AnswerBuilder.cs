using System.Text;
using Microsoft.Extensions.AI;
using Poise.Core.Chat;
using Poise.Core.Generation;
using ChatMessage = Microsoft.Extensions.AI.ChatMessage;
using ChatRole = Microsoft.Extensions.AI.ChatRole;
using TextContent = Microsoft.Extensions.AI.TextContent;

namespace Poise.Cli.Chat;

/// <summary>Puts an answer together from its updates while they are shown.</summary>
sealed class AnswerBuilder(IAnswerView view, TimeProvider time)
{
    readonly StringBuilder _reasoning = new();
    readonly StringBuilder _text = new();
    readonly List<FunctionCallContent> _calls = [];
    readonly long _started = time.GetTimestamp();
    UsageDetails? _usage;
    long? _prompt;
    long _tokens;
    long? _first;

    public ChatFinishReason? FinishReason { get; private set; }

    public AnswerStatistics Statistics
    {
        get
        {
            long now = time.GetTimestamp(), first = _first ?? now;
            // A stopped answer has no last update with the usage: what was seen of it is counted.
            UsageDetails? usage = _usage ?? (_tokens > 0 ? new UsageDetails { InputTokenCount = _prompt, OutputTokenCount = _tokens } : null);
            return AnswerStatistics.Of(usage, time.GetElapsedTime(_started, first), time.GetElapsedTime(first, now));
        }
    }

    public void Add(ChatResponseUpdate update)
    {
        FinishReason = update.FinishReason ?? FinishReason;
        if (update.AdditionalProperties is { } properties && properties.TryGetValue(ChatKeys.PromptRead, out long done)
            && properties.TryGetValue(ChatKeys.PromptLength, out long total))
        {
            _prompt = total;
            view.Reading(done, total);
        }

        if (update.RawRepresentation is TokenChoice)
        {
            _tokens++;
            _first ??= time.GetTimestamp();
        }

        foreach (AIContent content in update.Contents)
        {
            if (content is UsageContent usage)
            {
                (_usage ??= new UsageDetails()).Add(usage.Details);
                continue;
            }
            _first ??= time.GetTimestamp();
            switch (content)
            {
                case TextReasoningContent { Text.Length: > 0 } reasoning:
                    _reasoning.Append(reasoning.Text);
                    view.Reasoning(reasoning.Text);
                    break;
                case TextContent { Text.Length: > 0 } text:
                    _text.Append(text.Text);
                    view.Text(text.Text);
                    break;
                case FunctionCallContent call:
                    _calls.Add(call);
                    view.ToolCall(call);
                    break;
            }
        }
    }

    /// <summary>The message so far, or null where nothing came. Calls of a stopped answer are left out: nobody will answer them.</summary>
    public ChatMessage? ToMessage(bool stopped)
    {
        var contents = new List<AIContent>();
        if (_reasoning.Length > 0) contents.Add(new TextReasoningContent(_reasoning.ToString()));
        if (_text.Length > 0) contents.Add(new TextContent(_text.ToString()));
        if (!stopped) contents.AddRange(_calls);
        if (contents.Count == 0) return null;
        var message = new ChatMessage(ChatRole.Assistant, contents);
        if (stopped) message.AdditionalProperties = new AdditionalPropertiesDictionary { [ChatKeys.Stopped] = true };
        return message;
    }
}
