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

    public IAnswerParser CreateParser() => new ContinuationParser(tokenizer, [], specials: false);
}
