namespace Poise.Core.Tokenizers.Training;

/// <summary>What training gives: tokens, merges, and figures on the texts.</summary>
public sealed class TrainedTokenizer
{
    internal TrainedTokenizer(TokenizerTrainingOptions options, IReadOnlyList<string> tokens, IReadOnlyList<TrainedMerge> merges) => (Options, Tokens, Merges) = (options, tokens, merges);

    /// <summary>What was asked for.</summary>
    public TokenizerTrainingOptions Options { get; }

    /// <summary>The spelling of each id in GPT-2's alphabet of bytes; special tokens are spelled as they are.</summary>
    public IReadOnlyList<string> Tokens { get; }

    /// <summary>In the order of training.</summary>
    public IReadOnlyList<TrainedMerge> Merges { get; }

    /// <summary>Different pieces that the texts were cut into.</summary>
    public int Pieces { get; internal init; }

    /// <summary>Bytes of the texts.</summary>
    public long TextBytes { get; internal init; }

    /// <summary>Tokens that the texts are now.</summary>
    public long TextTokens { get; internal init; }
}
