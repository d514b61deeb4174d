using Poise.Core.Chat.Harmony;
using Poise.Core.Tokenizers;

namespace Poise.Core.Chat.Dialects;

/// <summary>The format of gpt-oss. Its prompts are written by Poise itself; the template that comes with a model is not needed.</summary>
public sealed class HarmonyDialect : IChatDialect
{
    internal const string DialectName = "harmony";

    readonly HarmonyVocabulary _vocabulary;

    public HarmonyDialect(Tokenizer tokenizer) => _vocabulary = new HarmonyVocabulary(tokenizer);

    internal static IReadOnlyList<string> SpecialTokens { get; } = [.. HarmonySpelling.Tokens.Select(t => t.Text), HarmonySpelling.EndOfText];

    public string Name => DialectName;

    public IReadOnlyList<int> StopIds => _vocabulary.StopIds;

    // What of the reasoning has to go has gone by now.
    public IReadOnlyList<int> Render(ChatRequest request) =>
        HarmonyRenderer.Render(HarmonyRequest.ToConversation(request), _vocabulary, new HarmonyRendering(KeepAnalysis: true, Next: ChatRole.Assistant));

    public IAnswerParser CreateParser() => new HarmonyAnswerParser(_vocabulary);
}
