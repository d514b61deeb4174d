using Poise.Core.Tokenizers;
using Poise.Tensors;

namespace Poise.Core.Chat.Dialects;

/// <summary>For models of no known family: the answer is the text, and control tokens are none of it.</summary>
public sealed class PlainDialect(Tokenizer tokenizer, IPromptRenderer? renderer) : IChatDialect
{
    internal const string DialectName = "plain";

    public string Name => DialectName;

    public IReadOnlyList<int> StopIds => tokenizer.StopIds;

    public IReadOnlyList<int> Render(ChatRequest request) =>
        renderer?.Render(request) ?? throw new PoiseException("The model has no chat template; give it a prompt instead of a conversation.");

    public IAnswerParser CreateParser() => new Parser(tokenizer);

    sealed class Parser(Tokenizer tokenizer) : IAnswerParser
    {
        readonly AnswerBuilder _answer = new();
        readonly StreamingDecoder _decoder = tokenizer.CreateDecoder();

        public void Push(int id, ICollection<AnswerPart> parts)
        {
            if (!tokenizer.IsSpecial(id)) _answer.AddText(_decoder.Append(id), parts);
        }

        public ChatMessage Finish(ICollection<AnswerPart> parts)
        {
            _answer.AddText(_decoder.Flush(), parts);
            return _answer.Build();
        }
    }
}
