using Poise.Core.Chat;
using Poise.Core.Client;
using Poise.Core.Engine;
using Poise.Core.Generation;
using Poise.Core.Nano.Grading;
using Poise.Tensors;

namespace Poise.Core.Nano.Asking;

/// <summary>Asks a model of this machine, greedily. The prompt is what anybody's would be who has this conversation with it; any number of questions may run at once.</summary>
sealed class ModelAnswerer(LocalModel model, ExamOptions options)
{
    public Task<GivenAnswer> AskAsync(NanoSample item, CancellationToken cancellation) => AskAsync(item, new GenerationOptions { MaxTokens = options.MaxTokens }, cancellation);

    /// <summary>The conversation before the answer as a request, on its own day: every question of the tests has one.</summary>
    internal static ChatRequest Request(NanoSample item) => new() { Messages = [.. item.Prompt], Tools = item.Tools, Effort = item.Effort, Now = new DateTimeOffset(item.Date!.Value, TimeOnly.MinValue, TimeSpan.Zero) };

    internal async Task<GivenAnswer> AskAsync(NanoSample item, GenerationOptions generation, CancellationToken cancellation)
    {
        AnswerPlan plan;
        try
        {
            plan = AnswerPlan.Chat(model.Package, model.Dialect, Request(item));
        }
        catch (PoiseException error)
        {
            // Formats differ in what they can say: some know no tools, some no instructions.
            return NotAsked(error.Message);
        }
        int length = plan.Prompt.Length, context = model.Engine.Options.ContextLength;
        if (length >= context) return NotAsked($"the prompt has {length} tokens and the context holds {context}");

        var answer = new Answer(model.Engine, plan, generation);
        await foreach (AnswerStep _ in answer.ReadAsync(cancellation).ConfigureAwait(false))
        {
        }
        cancellation.ThrowIfCancellationRequested();
        int tokens = answer.Statistics!.GeneratedTokens;
        string? problem = answer.Finish switch
        {
            FinishReason.Stop => null,
            FinishReason.MaxTokens or FinishReason.ContextFull => $"has no end after {tokens} tokens",
            var other => throw new OperationCanceledException($"The answer ended early: {other}."),
        };
        return new GivenAnswer(answer.Message!, problem) { Tokens = tokens };
    }

    static GivenAnswer NotAsked(string why) => new(ChatMessage.Of(ChatRole.Assistant, ""), $"cannot be asked: {why}");
}
