using System.Globalization;

namespace Poise.Cli.Measuring;

/// <summary>One row of the table: so many sequences at once read a prompt, or write an answer after a prompt.</summary>
/// <param name="Tokens">Of each sequence: prompt tokens read, or steps of decoding.</param>
/// <param name="Depth">Decoding only: tokens in each sequence's cache before.</param>
/// <param name="Batch">Sequences at once.</param>
sealed record Measurement(bool IsDecode, int Tokens, int Depth, int Batch)
{
    public string Kind => IsDecode ? "decode" : "prompt";

    /// <summary>For people: <c>decode 32 at 4,096</c>.</summary>
    public string Label
    {
        get
        {
            string label = string.Create(CultureInfo.InvariantCulture, $"{Kind} {Tokens:N0}");
            return Depth > 0 ? string.Create(CultureInfo.InvariantCulture, $"{label} at {Depth:N0}") : label;
        }
    }

    /// <summary>
    /// Tokens of a sequence's prompt. Decoding at a depth follows a prompt of one token more, as at depth 0 there must be one.
    /// Where the depth is a multiple of a page, all of a batch then join in the same step.
    /// </summary>
    public int PromptTokens => IsDecode ? Depth + 1 : Tokens;

    /// <summary>
    /// Most new tokens of a sequence: the first ends the prompt. Those of a batch that read theirs first write some more
    /// until the last joins, eight remainders of a page (32 tokens) in a chunk of 256.
    /// </summary>
    public int NewTokens => IsDecode ? 1 + Tokens + (Batch > 1 ? (Batch + 7) / 8 + 1 : 0) : 1;

    /// <summary>Context that each sequence needs.</summary>
    public int Context => PromptTokens + NewTokens;
}
