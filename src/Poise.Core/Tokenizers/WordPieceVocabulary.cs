using System.Text;
using Poise.Core.Tokenizers.Text;

namespace Poise.Core.Tokenizers;

/// <summary>The tokenizer of a WordPiece vocabulary (BERT).</summary>
static class WordPieceVocabulary
{
    public static SplitStep[] BertSplits() =>
    [
        new(new SplitPattern(@"\s+"), SplitBehavior.Removed),
        new(new SplitPattern(BertCharacters.PunctuationClass)),
    ];

    public static Tokenizer Build(string?[] tokens, string prefix, int unknownId, int longestWord, IReadOnlyCollection<AddedToken> added,
        IReadOnlyList<TextNormalizer> normalizers, IReadOnlyList<SplitStep> splits, int? bos, bool addBos, int[] stops)
    {
        int count = Math.Max(tokens.Length, added.Count == 0 ? 0 : added.Max(t => t.Id) + 1);
        var bytes = new TokenBytes(count);
        var shown = new TokenBytes(count);
        var beginnings = new TokenTable(bytes, count);
        var continuations = new TokenTable(bytes, count);
        for (int id = 0; id < tokens.Length; id++)
        {
            if (tokens[id] is not { } token) continue;
            bool continues = token.Length > prefix.Length && token.StartsWith(prefix, StringComparison.Ordinal);
            bytes.Set(id, Encoding.UTF8.GetBytes(continues ? token[prefix.Length..] : token));
            shown.Set(id, Encoding.UTF8.GetBytes(continues ? token[prefix.Length..] : " " + token));
            (continues ? continuations : beginnings).Add(id);
        }
        foreach (AddedToken token in added) shown.Set(token.Id, Encoding.UTF8.GetBytes(" " + token.Content));
        return new TextTokenizer(added)
        {
            Encoder = new WordPieceEncoder(beginnings, continuations, unknownId, longestWord),
            Normalizers = normalizers,
            Splits = splits,
            Shown = shown,
            LeadingSpaces = 1,
            BosId = bos,
            AddBos = addBos,
            StopIds = stops,
        };
    }
}
