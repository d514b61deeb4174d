using Poise.Core.Tokenizers.Text;

namespace Poise.Core.Tokenizers;

/// <summary>
/// Where SentencePiece text may be cut before encoding without changing the result: in front of a run of U+2581 where no token holds one after the character before it.
/// Turns one piece as long as the text into pieces of a word, which are looked up whole.
/// </summary>
sealed class MarkBoundaries
{
    readonly HashSet<int> _joined = [];

    /// <param name="tokens">Every token that a merge may make.</param>
    public MarkBoundaries(TokenBytes tokens)
    {
        for (int id = 0; id < tokens.Count; id++)
        {
            ReadOnlySpan<byte> token = tokens[id];
            for (int at = 1; at < token.Length;)
            {
                int step = token[at..].IndexOf("▁"u8);
                if (step < 0) break;
                at += step;
                if (!token[..at].EndsWith("▁"u8)) _joined.Add(Utf8Text.Decode(token, Utf8Text.Back(token, at), out _));
                at += 3;
            }
        }
    }

    /// <summary>The end of the piece that begins at <paramref name="from"/>.</summary>
    public int NextCut(ReadOnlySpan<byte> text, int from)
    {
        int at = from;
        while (text[at..].StartsWith("▁"u8)) at += 3;
        while (at < text.Length)
        {
            int step = text[at..].IndexOf("▁"u8);
            if (step < 0) return text.Length;
            at += step;
            if (at > from && !_joined.Contains(Utf8Text.Decode(text, Utf8Text.Back(text, at), out _))) return at;
            while (text[at..].StartsWith("▁"u8)) at += 3;
        }
        return text.Length;
    }
}
