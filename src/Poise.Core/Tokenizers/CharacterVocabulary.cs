using System.Text;
using Poise.Core.Tokenizers.Text;
using Poise.Tensors;

namespace Poise.Core.Tokenizers;

/// <summary>A vocabulary of characters with merges and perhaps byte tokens: what converters make of SentencePiece models (tokenizer.json of Llama 2, Phi-3, Gemma).</summary>
sealed class CharacterVocabulary(string file, int count)
{
    public int UnknownId { get; init; } = -1;

    public bool FuseUnknown { get; init; } = true;

    public bool ByteFallback { get; init; } = true;

    public bool WholePieces { get; init; }

    public int LeadingSpaces { get; init; }

    public IReadOnlyList<TextNormalizer> Normalizers { get; init; } = [];

    public IReadOnlyList<SplitStep> Splits { get; init; } = [];

    public Tokenizer Build(string?[] tokens, Func<int, bool> ordinary, string[] merges, string field, IReadOnlyCollection<AddedToken> added, int? bos, bool addBos, int[] stops)
    {
        var list = new MergeList();
        for (int rank = 0; rank < merges.Length; rank++)
            if (!list.TryAdd(Encoding.UTF8.GetBytes(merges[rank]))) throw new ModelFileException(file, field, $"merge {rank} is not two tokens with a space between");
        return Build(tokens, ordinary, list, field, added, bos, addBos, stops);
    }

    public Tokenizer Build(string?[] tokens, Func<int, bool> ordinary, MergeList merges, string field, IReadOnlyCollection<AddedToken> added, int? bos, bool addBos, int[] stops)
    {
        var spelled = new TokenBytes(count);
        var shown = new TokenBytes(count);
        var table = new TokenTable(spelled, tokens.Length);
        int[]? byteIds = null;
        var others = new List<int>();
        for (int id = 0; id < tokens.Length; id++)
        {
            if (tokens[id] is not { } token) continue;
            spelled.Set(id, Encoding.UTF8.GetBytes(token));
            int value = ByteFallback ? ShownBytes.ByteOf(token) : -1;
            if (value >= 0)
            {
                if (byteIds is null) Array.Fill(byteIds = new int[256], -1);
                byteIds[value] = id;
                shown.Set(id, [(byte)value]);
                continue;
            }
            shown.Set(id, ShownBytes.OfPiece(token));
            if (ordinary(id)) table.Add(id);
            else others.Add(id);
        }
        foreach (int id in others) table.Add(id);
        foreach (AddedToken token in added) shown.Set(token.Id, Encoding.UTF8.GetBytes(token.Content));
        return new TextTokenizer(added)
        {
            Encoder = new BpeEncoder(table, null, Merges(table, merges, field), null, new UnknownPolicy(byteIds, UnknownId, FuseUnknown), WholePieces, others),
            Normalizers = Normalizers,
            Splits = Splits,
            Boundaries = new MarkBoundaries(spelled),
            Shown = shown,
            LeadingSpaces = LeadingSpaces,
            BosId = bos,
            AddBos = addBos,
            StopIds = stops,
        };
    }

    MergeTable Merges(TokenTable table, MergeList merges, string field)
    {
        var result = new MergeTable(merges.Count);
        byte[] whole = new byte[1024];
        for (int rank = 0; rank < merges.Count; rank++)
        {
            ReadOnlySpan<byte> left = merges.Left(rank), right = merges.Right(rank);
            if (left.Length + right.Length > whole.Length) whole = new byte[left.Length + right.Length];
            left.CopyTo(whole);
            right.CopyTo(whole.AsSpan(left.Length));
            int leftId = table.Find(left), rightId = table.Find(right), merged = table.Find(whole.AsSpan(0, left.Length + right.Length));
            if ((leftId | rightId | merged) < 0)
                throw new ModelFileException(file, field, $"merge {rank} joins or makes a token that is not in the vocabulary");
            result.Add(leftId, rightId, rank, merged);
        }
        return result;
    }
}
