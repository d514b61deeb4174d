namespace Poise.Benchmarks.Comparing;

/// <summary>What is compared.</summary>
enum CompareKind
{
    Prompt,
    Decode,
    FirstToken,
    Memory,
}

/// <summary>A row of the table beside llama.cpp.</summary>
/// <param name="Tokens">Read or written in a round.</param>
/// <param name="Goal">Poise's speed over the peer's, for mixtures of experts; seconds for the first token.</param>
/// <param name="Turns">How often the two take turns: long contexts are expensive to read again.</param>
sealed record CompareRow(string Name, string What, CompareKind Kind, int Tokens, int Depth, int Streams, double Goal, int Turns)
{
    /// <summary>What a dense model has to reach.</summary>
    public const double DenseGoal = 1;

    /// <summary>Peak memory: weights, keys and values, and this share more.</summary>
    public const double MemoryMargin = 0.05;

    public static IReadOnlyList<CompareRow> All { get; } =
    [
        new("decode-100", "decode at 100, tok/s", CompareKind.Decode, 32, 100, 1, 1.6, 3),
        new("decode-4000", "decode at 4,000, tok/s", CompareKind.Decode, 24, 4000, 1, 1.5, 1),
        new("decode-16000", "decode at 16,000, tok/s", CompareKind.Decode, 16, 16_000, 1, 1.5, 1),
        new("prompt-512", "prompt of 512, tok/s", CompareKind.Prompt, 512, 0, 1, 3.5, 3),
        new("prompt-8000", "prompt of 8,000, tok/s", CompareKind.Prompt, 8000, 0, 1, 3, 1),
        new("streams-8", "8 sequences together, total tok/s", CompareKind.Decode, 24, 100, 8, 1.5, 3),
        new("first-token", "start to first token of a prompt of 5, s", CompareKind.FirstToken, 1, 5, 1, 1.5, 6),
        new("memory", "peak memory at context 100, GiB", CompareKind.Memory, 32, 100, 1, 0, 1),
    ];

    /// <summary>Positions that the cache holds at the end.</summary>
    public int Positions => Kind == CompareKind.Prompt ? Tokens : Depth + Tokens;
}
