using System.Text;
using Poise.Core.Chat;
using Poise.Core.Tokenizers;

namespace Poise.Core.Client;

/// <summary>The answer to a bare text is its continuation. Special tokens are shown on request only.</summary>
sealed class ContinuationParser : IAnswerParser
{
    readonly Tokenizer _tokenizer;
    readonly StreamingDecoder _decoder;
    readonly bool _specials;
    readonly StringBuilder _text = new();

    /// <param name="prompt">The decoder sees the prompt first, so that a space or half a character at the seam comes out right.</param>
    public ContinuationParser(Tokenizer tokenizer, ReadOnlySpan<int> prompt, bool specials)
    {
        _tokenizer = tokenizer;
        _specials = specials;
        _decoder = tokenizer.CreateDecoder();
        foreach (int id in prompt)
            if (id != tokenizer.BosId && Shows(id)) _decoder.Append(id);
    }

    public void Push(int id, ICollection<AnswerPart> parts)
    {
        if (Shows(id)) Add(_decoder.Append(id), parts);
    }

    public ChatMessage Finish(ICollection<AnswerPart> parts)
    {
        Add(_decoder.Flush(), parts);
        return ChatMessage.Of(ChatRole.Assistant, _text.ToString());
    }

    bool Shows(int id) => _specials || !_tokenizer.IsSpecial(id);

    void Add(string text, ICollection<AnswerPart> parts)
    {
        if (text.Length == 0) return;
        _text.Append(text);
        parts.Add(new AnswerText(text));
    }
}
