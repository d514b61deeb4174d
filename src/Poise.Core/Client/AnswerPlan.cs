using Poise.Core.Chat;
using Poise.Core.Chat.Dialects;
using Poise.Core.Library;
using Poise.Core.Tokenizers;

namespace Poise.Core.Client;

/// <summary>What one answer starts from: the prompt, who reads the answer, and where it ends. For one answer only.</summary>
public sealed class AnswerPlan
{
    AnswerPlan(int[] prompt, IAnswerParser parser, IReadOnlyList<int> stopIds)
    {
        Prompt = prompt;
        Parser = parser;
        StopIds = stopIds;
    }

    public ReadOnlyMemory<int> Prompt { get; }

    /// <summary>Whether the answer ends after its first call of a tool.</summary>
    public bool OneCall { get; init; }

    /// <summary>Called on the engine's thread with the prompt tokens read so far.</summary>
    public Action<int>? PromptProgress { get; init; }

    internal IAnswerParser Parser { get; }

    internal IReadOnlyList<int> StopIds { get; }

    /// <summary>The answer to a conversation.</summary>
    public static AnswerPlan Chat(ModelPackage package, IChatDialect dialect, ChatRequest request, bool oneCall = false, Action<int>? progress = null) =>
        new([.. dialect.Render(request)], dialect.CreateParser(), [.. dialect.StopIds, .. package.StopIds]) { OneCall = oneCall, PromptProgress = progress };

    /// <summary>The continuation of a text.</summary>
    /// <param name="specials">Special tokens spelled in the text are special, and those of the answer are shown.</param>
    public static AnswerPlan Continue(ModelPackage package, string text, bool specials, Action<int>? progress = null)
    {
        Tokenizer tokenizer = package.Tokenizer;
        int[] prompt = tokenizer.EncodePrompt(text, specials);
        return new AnswerPlan(prompt, new ContinuationParser(tokenizer, prompt, specials), package.StopIds) { PromptProgress = progress };
    }
}
