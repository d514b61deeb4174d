using System.Text;

namespace Poise.Core.Tokenizers.BuiltIn;

/// <summary>
/// A tokenizer without a vocabulary: one id a byte, and one for each of a few special tokens. With it, what reads ids reads text,
/// in which special tokens are spelled.
/// </summary>
public static class SpelledTokenizer
{
    public static Tokenizer Create(IReadOnlyList<string> specialTokens)
    {
        var tokens = new TokenBytes(256 + specialTokens.Count);
        var table = new TokenTable(tokens, 256);
        for (int b = 0; b < 256; b++)
        {
            tokens.Set(b, [(byte)b]);
            table.Add(b);
        }
        var added = new List<AddedToken>();
        foreach (string token in specialTokens)
        {
            tokens.Set(256 + added.Count, Encoding.UTF8.GetBytes(token));
            added.Add(new AddedToken(256 + added.Count, token, Special: true));
        }
        int[] bytes = [.. Enumerable.Range(0, 256)];
        return new TextTokenizer(added) { Encoder = new BpeEncoder(table, [.. Enumerable.Range(0, tokens.Count)], null, bytes, null, wholePieces: true, []), Shown = tokens };
    }
}
