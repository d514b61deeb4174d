using Poise.Tensors;

namespace Poise.Core.Tokenizers.Training;

/// <summary>What a tokenizer is to be like.</summary>
public sealed record TokenizerTrainingOptions
{
    /// <summary>Tokens in all: special ones, the alphabet, and what is learned. It may become less where the texts have no more to merge.</summary>
    public required int VocabularySize { get; init; }

    /// <summary>They get the first ids, in this order.</summary>
    public IReadOnlyList<string> SpecialTokens { get; init; } = [];

    /// <summary>How text is cut before merging: <c>o200k</c>, <c>gpt2</c>, <c>llama3</c>, <c>qwen2</c>, or another name that GGUF files use.</summary>
    public string Split { get; init; } = "o200k";

    /// <summary>A pair that occurs less often is not merged.</summary>
    public long MinimumFrequency { get; init; } = 1;

    /// <summary>All 256 bytes; or fewer: of the bytes that occur the most frequent, the one with the lower letter where two occur equally often. The others are lost from any text.</summary>
    public int AlphabetSize { get; init; } = 256;

    /// <summary>Threads that count; 0 for one per processor. The result does not depend on it.</summary>
    public int Threads { get; init; }

    /// <exception cref="PoiseException">Something has no meaning; the message says what.</exception>
    internal SplitRules Check()
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (string token in SpecialTokens)
        {
            if (token.Length == 0) throw new PoiseException("A special token is empty.");
            if (!seen.Add(token)) throw new PoiseException($"The special token {token} is named twice.");
            if (token.EnumerateRunes().Any(rune => rune == System.Text.Rune.ReplacementChar)) throw new PoiseException($"The special token {token} is not well-formed text.");
            // In files tokens are spelled in the alphabet of bytes, and such a one cannot be told from them.
            if (token.Any(c => c >= 128) && token.All(c => ByteAlphabet.ByteOf(c) >= 0))
                throw new PoiseException($"{token} cannot be a special token: in the vocabulary's alphabet it spells other bytes. Use ASCII characters.");
            if (token.Length == 1 && ByteAlphabet.ByteOf(token[0]) is >= 0 and var b)
                throw new PoiseException($"{token} cannot be a special token: it stands for the byte {b} in the vocabulary's alphabet.");
        }
        if (AlphabetSize is < 1 or > 256) throw new PoiseException("The alphabet has 1 to 256 bytes.");
        int least = AlphabetSize + SpecialTokens.Count;
        if (VocabularySize < least)
            throw new PoiseException($"A vocabulary of {VocabularySize} is too small: {AlphabetSize} bytes and {SpecialTokens.Count} special tokens make {least}.");
        if (VocabularySize > TokenizerJson.MaximumIds) throw new PoiseException($"A vocabulary of {VocabularySize} is too large: at most {TokenizerJson.MaximumIds} tokens.");
        return SplitRules.Find(Split) ?? throw new PoiseException($"The split \"{Split}\" is not known: use o200k, gpt2, llama3, qwen2, or another name that GGUF files use.");
    }
}
