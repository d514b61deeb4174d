using System.Runtime.CompilerServices;
using Poise.Core.Chat;
using Poise.Core.Engine;
using Poise.Core.Generation;

namespace Poise.Core.Client;

/// <summary>
/// One answer as it is written: the engine's tokens and the parts that the dialect makes of them, cut at stop strings.
/// Read once; leaving the loop cancels the rest.
/// </summary>
public sealed class Answer(InferenceEngine engine, AnswerPlan plan, GenerationOptions options)
{
    readonly StopStringMatcher _stops = new(options.StopStrings);
    EngineSequence? _sequence;
    int _tokens;

    /// <summary>Why it ended; null while it runs. A stop string counts as <see cref="FinishReason.Stop"/>.</summary>
    public FinishReason? Finish { get; private set; }

    /// <summary>What it took so far; null before the first token. Tokens count as they are read: the engine may be some ahead, past a stop string too.</summary>
    public SequenceStatistics? Statistics => _sequence is null ? null : _sequence.Statistics with { GeneratedTokens = _tokens };

    /// <summary>Whether the first token has come.</summary>
    internal bool HasBegun { get; private set; }

    /// <summary>Ends with the last token of the engine, whether or not somebody reads it.</summary>
    public Task Ended => _sequence?.Ended ?? Task.CompletedTask;

    /// <summary>Tokens of the answer that were reasoning.</summary>
    public int ReasoningTokens { get; private set; }

    /// <summary>The whole message; set when the stream has ended.</summary>
    public ChatMessage? Message { get; private set; }

    /// <summary>Whether an id ends this answer by the model's own rules.</summary>
    public bool IsStopToken(int id) => options.EndingIds(plan.StopIds).Contains(id);

    /// <summary>Each token with the parts that it completed, often none; the last step comes after the last token.</summary>
    public async IAsyncEnumerable<AnswerStep> ReadAsync([EnumeratorCancellation] CancellationToken cancellation = default)
    {
        IAnswerParser parser = plan.Parser;
        _sequence = engine.Start(new GenerationRequest { Prompt = plan.Prompt, Options = options, StopIds = plan.StopIds, PromptProgress = plan.PromptProgress }, cancellation);
        bool ended = false;
        await foreach (TokenChoice choice in _sequence.WithCancellation(cancellation).ConfigureAwait(false))
        {
            HasBegun = true;
            _tokens++;
            List<AnswerPart> pushed = [];
            parser.Push(choice.Id, pushed);
            List<AnswerPart> parts = Cut(pushed, out ended);
            if (parts.Count > 0 && parts.TrueForAll(part => part is AnswerReasoning)) ReasoningTokens++;
            yield return new AnswerStep(choice, parts);
            if (ended) break;
        }

        // However the loop was left, the sequence has ended by now and its memory is free.
        List<AnswerPart> held = [], rest = [];
        Message = parser.Finish(held);
        if (!ended)
        {
            rest = Cut(held, out ended);
            if (!ended && _stops.Flush() is { Length: > 0 } text) rest.Add(new AnswerText(text));
        }

        Finish = ended ? FinishReason.Stop : _sequence.Finish;
        if (rest.Count > 0) yield return new AnswerStep(null, rest);
    }

    // Stop strings are looked for in what the user sees. Text that is held back goes out before anything else does.
    List<AnswerPart> Cut(List<AnswerPart> parts, out bool ended)
    {
        var kept = new List<AnswerPart>();
        ended = false;
        foreach (AnswerPart part in parts)
        {
            if (part is AnswerText text)
            {
                string shown = _stops.Append(text.Text);
                if (shown.Length > 0) kept.Add(new AnswerText(shown));
                ended = _stops.Match is not null;
            }
            else
            {
                if (part is AnswerToolCall && _stops.Flush() is { Length: > 0 } held) kept.Add(new AnswerText(held));
                kept.Add(part);
                ended = plan.OneCall && part is AnswerToolCall;
            }

            if (ended) break;
        }

        return kept;
    }
}

/// <summary>One token of an answer; null for what came out at the very end.</summary>
public readonly record struct AnswerStep(TokenChoice? Token, IReadOnlyList<AnswerPart> Parts);
