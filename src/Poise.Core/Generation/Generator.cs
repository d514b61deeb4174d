using System.Runtime.CompilerServices;
using Poise.Core.Models;
using Poise.Tensors;

namespace Poise.Core.Generation;

/// <summary>One sequence from prompt ids to new ids.</summary>
public static class Generator
{
    // Tokens of the prompt between two looks at the cancellation and two reports of progress.
    const int PromptChunk = 256;

    /// <summary>
    /// Reads <paramref name="prompt"/> in chunks and yields one id after another. The stop token itself is not yielded.
    /// Throws a <see cref="PoiseException"/> when prompt and answer cannot fit in the context; never cuts.
    /// </summary>
    /// <param name="promptProgress">Called with the prompt tokens read so far.</param>
    public static async IAsyncEnumerable<int> GenerateAsync(
        Model model, ReadOnlyMemory<int> prompt, IReadOnlyList<int> stopIds, GenerationOptions options,
        Action<int>? promptProgress = null, [EnumeratorCancellation] CancellationToken cancellation = default)
    {
        await foreach (TokenChoice choice in GenerateChoicesAsync(model, prompt, stopIds, options, promptProgress, cancellation).ConfigureAwait(false))
            yield return choice.Id;
    }

    /// <summary>As <see cref="GenerateAsync"/>, with the log-probabilities that the options ask for. Stop strings are the business of whoever decodes the ids.</summary>
    public static async IAsyncEnumerable<TokenChoice> GenerateChoicesAsync(
        Model model, ReadOnlyMemory<int> prompt, IReadOnlyList<int> stopIds, GenerationOptions options,
        Action<int>? promptProgress = null, [EnumeratorCancellation] CancellationToken cancellation = default)
    {
        int limit = model.Config.ContextLength;
        if (prompt.IsEmpty) throw new PoiseException("The prompt is empty: there is nothing to continue. Give some text, or a model whose tokenizer adds a first token.");
        if (prompt.Length >= limit)
            throw new PoiseException($"The prompt has {prompt.Length} tokens, and the context holds {limit}. Shorten the prompt.");
        int room = limit - prompt.Length, wanted = Math.Min(options.MaxTokens, room);
        var sampler = new SequenceSampler(options, prompt.Span, model.Config.VocabularySize);
        using Sequence sequence = model.CreateSequence(Math.Min(limit, prompt.Length + wanted));
        float[] logits = new float[model.Config.VocabularySize];
        for (int from = 0; from < prompt.Length; from += PromptChunk)
        {
            cancellation.ThrowIfCancellationRequested();
            int at = from, count = Math.Min(PromptChunk, prompt.Length - from);
            await Task.Run(() => model.Forward([new Segment(sequence, prompt.Slice(at, count))], logits), cancellation).ConfigureAwait(false);
            promptProgress?.Invoke(from + count);
        }

        IReadOnlySet<int> stops = options.EndingIds(stopIds);
        int[] next = new int[1];
        for (int n = 0; n < wanted; n++)
        {
            cancellation.ThrowIfCancellationRequested();
            TokenChoice choice = sampler.Next(logits);
            if (stops.Contains(choice.Id)) yield break;
            yield return choice;
            if (n + 1 == wanted) yield break;
            next[0] = choice.Id;
            await Task.Run(() => model.Forward([new Segment(sequence, next)], logits), cancellation).ConfigureAwait(false);
        }
    }
}
