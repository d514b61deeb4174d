using System.Buffers;
using Poise.Tensors;

namespace Poise.Core.Generation;

/// <summary>
/// One sequence's choices, token after token: what it has seen, and its mask. What it chooses depends on options, prompt and
/// logits alone, never on time, thread or other sequences. One thread at a time.
/// </summary>
public sealed class SequenceSampler
{
    readonly GenerationOptions _options;
    readonly TokenHistory _history;
    readonly ITokenMask? _mask;
    readonly ulong[] _allowed;
    readonly int _promptLength, _vocabularySize;

    /// <summary>Checks the options, and throws a <see cref="PoiseException"/> where one is out of range.</summary>
    /// <param name="prompt">Counts for the repetition penalty, and its length for the random numbers.</param>
    public SequenceSampler(GenerationOptions options, ReadOnlySpan<int> prompt, int vocabularySize)
    {
        options.Validate(vocabularySize);
        foreach (int id in prompt)
            if (id < 0 || id >= vocabularySize) throw new PoiseException($"The prompt holds the id {id}, which is not one of this model's tokens, 0 to {vocabularySize - 1}.");
        _options = options;
        _promptLength = prompt.Length;
        _vocabularySize = vocabularySize;
        _history = new TokenHistory(options, prompt);
        _mask = options.Mask?.Invoke();
        _allowed = _mask is null ? [] : new ulong[(vocabularySize + 63) / 64];
    }

    /// <summary>The ids accepted so far.</summary>
    public IReadOnlyList<int> Generated => _history.Generated;

    /// <summary>Tokens of prompt and answer so far: the counter of the next random numbers.</summary>
    public int Position => _promptLength + _history.Generated.Count;

    /// <summary>Chooses and accepts.</summary>
    public TokenChoice Next(ReadOnlySpan<float> logits)
    {
        TokenChoice choice = Choose(logits);
        Accept(choice.Id);
        return choice;
    }

    /// <summary>What <see cref="Next"/> would choose; changes nothing.</summary>
    public TokenChoice Choose(ReadOnlySpan<float> logits)
    {
        if (logits.Length != _vocabularySize) throw new ArgumentException($"expected {_vocabularySize} logits, found {logits.Length}", nameof(logits));
        bool isAdjusted = LogitAdjustments.IsNeeded(_options), isMasked = false;
        if (_mask is not null)
        {
            Array.Clear(_allowed);
            isMasked = _mask.TryFill(_allowed);
        }

        // Of the logits as they came: a mask must not hide NaN, and log-probabilities are the model's own.
        int best = isAdjusted || isMasked || _options.TopLogProbs is not null ? Sampler.FindLargest(logits) : -1;
        int id = isAdjusted || isMasked ? ChooseAdjusted(logits, isMasked) : Sampler.Choose(logits, _options, Position);
        return _options.TopLogProbs is { } top ? LogProbabilities.Describe(logits, best, id, top) : new TokenChoice(id, null, []);
    }

    /// <summary>Takes an id that was chosen, or that is given from outside.</summary>
    public void Accept(int id)
    {
        if (id < 0 || id >= _vocabularySize) throw new ArgumentOutOfRangeException(nameof(id), id, $"expected 0 to {_vocabularySize - 1}");
        _history.Add(id);
        _mask?.Accept(id);
    }

    int ChooseAdjusted(ReadOnlySpan<float> logits, bool isMasked)
    {
        float[] rented = ArrayPool<float>.Shared.Rent(logits.Length);
        try
        {
            Span<float> adjusted = rented.AsSpan(0, logits.Length);
            logits.CopyTo(adjusted);
            LogitAdjustments.Apply(_options, _history, adjusted);
            if (isMasked) LogitAdjustments.Apply(_allowed, adjusted);
            return Sampler.Choose(adjusted, _options, Position);
        }
        finally
        {
            ArrayPool<float>.Shared.Return(rented);
        }
    }
}
