using System.Collections.ObjectModel;

namespace Poise.Core.Generation;

/// <summary>How the next token is chosen and when the text ends. The defaults are greedy and change nothing; docs/sampling.md has the formulas.</summary>
public sealed record GenerationOptions
{
    /// <summary>At most this many new tokens.</summary>
    public int MaxTokens { get; init; } = 512;

    /// <summary>0 (greedy) to 2.</summary>
    public double Temperature { get; init; }

    /// <summary>Only the so many likeliest tokens; 0: all.</summary>
    public int TopK { get; init; }

    /// <summary>Above 0 to 1: the smallest set of likeliest tokens that reaches this probability.</summary>
    public double TopP { get; init; } = 1;

    /// <summary>0 to 1: only tokens at least so likely as this part of the likeliest one's probability.</summary>
    public double MinP { get; init; }

    /// <summary>0.01 to 10; 1 changes nothing. Divides positive and multiplies negative logits of tokens that prompt or answer hold.</summary>
    public double RepetitionPenalty { get; init; } = 1;

    /// <summary>The repetition penalty looks at this many last tokens of prompt and answer; 0: all.</summary>
    public int PenaltyWindow { get; init; }

    /// <summary>-2 to 2: subtracted once for each time that the answer holds a token. The prompt does not count.</summary>
    public double FrequencyPenalty { get; init; }

    /// <summary>-2 to 2: subtracted once from every token that the answer holds. The prompt does not count.</summary>
    public double PresencePenalty { get; init; }

    /// <summary>Added to the logits of these ids: -100 to 100.</summary>
    public IReadOnlyDictionary<int, double> LogitBias { get; init; } = ReadOnlyDictionary<int, double>.Empty;

    /// <summary>Same seed, same text, on any machine and in any company.</summary>
    public ulong Seed { get; init; }

    /// <summary>Texts that end the answer and do not appear in it; see <see cref="StopStringMatcher"/>.</summary>
    public IReadOnlyList<string> StopStrings { get; init; } = [];

    /// <summary>Ids that end the answer, besides the model's own.</summary>
    public IReadOnlyList<int> StopIds { get; init; } = [];

    /// <summary>Whether the model's own stop tokens end the text.</summary>
    public bool StopAtEnd { get; init; } = true;

    /// <summary>Null: no log-probabilities. 0 to 20: that of the chosen token and of so many likeliest ones.</summary>
    public int? TopLogProbs { get; init; }

    /// <summary>Makes the mask of one sequence, which says what tokens may come next; null: any.</summary>
    public Func<ITokenMask>? Mask { get; init; }

    /// <summary>Throws a <see cref="Poise.Tensors.PoiseException"/> that names option and range where a value is out of it.</summary>
    public void Validate(int vocabularySize) => GenerationRules.Check(this, vocabularySize);

    /// <summary>The ids that end an answer: <see cref="StopIds"/>, and those of the model unless <see cref="StopAtEnd"/> is off.</summary>
    public IReadOnlySet<int> EndingIds(IEnumerable<int> modelStopIds) => new HashSet<int>(StopAtEnd ? modelStopIds.Concat(StopIds) : StopIds);
}
