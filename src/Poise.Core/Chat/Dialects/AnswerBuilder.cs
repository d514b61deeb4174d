using System.Text;

namespace Poise.Core.Chat.Dialects;

/// <summary>Hands out the parts of one answer, and puts them together.</summary>
sealed class AnswerBuilder
{
    readonly StringBuilder _text = new();
    readonly StringBuilder _reasoning = new();
    readonly List<ToolCall> _calls = [];

    public void AddText(string text, ICollection<AnswerPart> parts)
    {
        if (text.Length == 0) return;
        _text.Append(text);
        parts.Add(new AnswerText(text));
    }

    public void AddReasoning(string text, ICollection<AnswerPart> parts)
    {
        if (text.Length == 0) return;
        _reasoning.Append(text);
        parts.Add(new AnswerReasoning(text));
    }

    /// <summary>Ids count from 0, so that the same ids give the same answer.</summary>
    public void AddCall(string name, string arguments, ICollection<AnswerPart> parts)
    {
        var call = new ToolCall($"call_{_calls.Count}", name, arguments);
        _calls.Add(call);
        parts.Add(new AnswerToolCall(call));
    }

    public ChatMessage Build() => new()
    {
        Role = ChatRole.Assistant,
        Content = _text.Length == 0 ? [] : [new TextContent(_text.ToString())],
        Reasoning = _reasoning.Length == 0 ? null : _reasoning.ToString(),
        ToolCalls = [.. _calls],
    };
}
