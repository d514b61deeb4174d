using Poise.Core.Chat.Harmony;

namespace Poise.Core.Chat.Dialects;

/// <summary>
/// Messages of one turn as an answer. Reasoning is what is on channel analysis, and what the model wrote in another's name; a call is what has
/// a tool for recipient; all else is for the user: channel final, commentary without recipient, a channel that is missing or unknown.
/// Messages of the same kind are joined by an empty line where they bring no blank themselves.
/// </summary>
sealed class HarmonyAnswerParser(HarmonyVocabulary vocabulary) : IAnswerParser
{
    readonly HarmonyParser _parser = new(vocabulary, ChatRole.Assistant, spellStrayTokens: false);
    readonly AnswerBuilder _answer = new();
    bool _messageBegins = true;
    char? _textEnd;
    char? _reasoningEnd;

    public void Push(int id, ICollection<AnswerPart> parts)
    {
        _parser.Push(id);
        Take(parts);
    }

    public ChatMessage Finish(ICollection<AnswerPart> parts)
    {
        _parser.Finish();
        Take(parts);
        return _answer.Build();
    }

    void Take(ICollection<AnswerPart> parts)
    {
        foreach (HarmonyEvent e in _parser.Events)
        {
            if (e is HarmonyDelta delta)
            {
                if (CalledBy(delta.Header.Role, delta.Header.Channel, delta.Header.Recipient) is not null) continue;
                bool reasoning = delta.Header.Role != ChatRole.Assistant || delta.Header.Channel?.StartsWith(HarmonySpelling.Analysis, StringComparison.OrdinalIgnoreCase) == true;
                if (reasoning) _answer.AddReasoning(Separated(delta.Text, ref _reasoningEnd), parts);
                else _answer.AddText(Separated(delta.Text, ref _textEnd), parts);
                _messageBegins = false;
            }
            else if (e is HarmonyFinished { Message: var message })
            {
                if (CalledBy(message.Role, message.Channel, message.Recipient) is { } name) _answer.AddCall(name, message.Text, parts);
                _messageBegins = true;
            }
        }
    }

    string Separated(string text, ref char? end)
    {
        bool separate = _messageBegins && end is { } last && !char.IsWhiteSpace(last) && !char.IsWhiteSpace(text[0]);
        end = text[^1];
        return separate ? "\n\n" + text : text;
    }

    /// <summary>The tool that a message calls, or null. On channel final only a function is one: models put the type of a structured answer there.</summary>
    static string? CalledBy(ChatRole role, string? channel, string? recipient)
    {
        if (role != ChatRole.Assistant || recipient is null or "" or "all" or "assistant" or "user" or "json" or "code") return null;
        if (recipient.StartsWith(HarmonySpelling.FunctionPrefix, StringComparison.Ordinal)) return recipient[HarmonySpelling.FunctionPrefix.Length..];
        return channel == HarmonySpelling.Final || recipient.StartsWith(HarmonySpelling.Constrain, StringComparison.Ordinal) ? null : recipient;
    }
}
