using Poise.Core.Tokenizers;

namespace Poise.Core.Chat.Dialects;

/// <summary>An answer that is text and nothing else. Special tokens are shown on request only.</summary>
sealed class ContinuationParser : IAnswerParser
{
    readonly Tokenizer _tokenizer;
    readonly StreamingDecoder _decoder;
    readonly bool _specials;
    readonly AnswerBuilder _answer = new();

    /// <param name="prompt">A text that is continued: the decoder sees it first, so that a space or half a character at the seam comes out right.</param>
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
        if (Shows(id)) _answer.AddText(_decoder.Append(id), parts);
    }

    public ChatMessage Finish(ICollection<AnswerPart> parts)
    {
        _answer.AddText(_decoder.Flush(), parts);
        return _answer.Build();
    }

    bool Shows(int id) => _specials || !_tokenizer.IsSpecial(id);
}
