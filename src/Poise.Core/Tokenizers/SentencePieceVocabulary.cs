using System.Text;
using Poise.Tensors;

namespace Poise.Core.Tokenizers;

/// <summary>The tokenizer of a SentencePiece vocabulary: pieces with scores and types, from a .model, GGUF or tok512.bin file.</summary>
sealed class SentencePieceVocabulary(string file, string[] pieces, float[] scores, long[] types)
{
    const long Normal = 1, UserDefined = 4, Byte = 6;

    public bool PrefixSpace { get; init; } = true;

    public int UnknownId { get; init; }

    public Tokenizer Build(IReadOnlyCollection<AddedToken> added, bool unigram, int? bos, bool addBos, int[] stops)
    {
        var spelled = new TokenBytes(pieces.Length);
        var shown = new TokenBytes(pieces.Length);
        var table = new TokenTable(spelled, pieces.Length);
        int[]? byteIds = null;
        for (int id = 0; id < pieces.Length; id++)
        {
            if (!float.IsFinite(scores[id])) throw new ModelFileException(file, "scores", $"the score of piece {id} is not a finite number");
            int value = types[id] == Byte ? ShownBytes.ByteOf(pieces[id]) : -1;
            if (types[id] == Byte && value < 0) throw new ModelFileException(file, "pieces", $"piece {id} is marked as a byte but is spelled \"{pieces[id]}\"");
            if (value >= 0)
            {
                if (byteIds is null) Array.Fill(byteIds = new int[256], -1);
                byteIds[value] = id;
                shown.Set(id, [(byte)value]);
                continue;
            }
            shown.Set(id, ShownBytes.OfPiece(pieces[id]));
            spelled.Set(id, Encoding.UTF8.GetBytes(pieces[id]));
            if (types[id] is Normal or UserDefined) table.Add(id);
        }
        foreach (AddedToken token in added.Where(t => t.Special)) shown.Set(token.Id, Encoding.UTF8.GetBytes(token.Content));
        var unknown = new UnknownPolicy(byteIds, UnknownId < pieces.Length ? UnknownId : -1, fuse: true);
        PieceEncoder encoder = unigram
            ? new UnigramEncoder(table, scores, unknown)
            : new BpeEncoder(table, Ranks(), null, null, unknown, wholePieces: false, []);
        TextNormalizer spaces = TextNormalizer.ReplaceText(" ", "▁");
        return new TextTokenizer(added)
        {
            Encoder = encoder,
            Normalizers = PrefixSpace ? [TextNormalizer.Prepend("▁"), spaces] : [spaces],
            Boundaries = unigram ? null : new MarkBoundaries(spelled),
            Shown = shown,
            LeadingSpaces = PrefixSpace ? 1 : 0,
            BosId = bos,
            AddBos = addBos,
            StopIds = stops,
        };
    }

    /// <summary>The highest score has rank 0; equal scores have equal ranks, so the leftmost pair wins.</summary>
    int[] Ranks()
    {
        var ranks = new int[pieces.Length];
        float[] distinct = [.. scores.Distinct().OrderDescending()];
        var rankOf = new Dictionary<float, int>(distinct.Length);
        for (int i = 0; i < distinct.Length; i++) rankOf[distinct[i]] = i;
        for (int id = 0; id < ranks.Length; id++) ranks[id] = rankOf[scores[id]];
        return ranks;
    }
}
