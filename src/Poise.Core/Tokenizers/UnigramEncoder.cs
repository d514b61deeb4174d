using System.Buffers;
using Poise.Core.Tokenizers.Text;

namespace Poise.Core.Tokenizers;

/// <summary>The unigram model: the cut of the piece whose tokens have the highest sum of scores (Viterbi).</summary>
sealed class UnigramEncoder(TokenTable table, float[] scores, UnknownPolicy unknown) : PieceEncoder
{
    public override string Kind => "unigram";

    // As in SentencePiece: an unknown character costs ten more than the worst token.
    readonly double _unknownScore = Lowest(table, scores) - 10;

    static double Lowest(TokenTable table, float[] scores)
    {
        double lowest = 0;
        for (int id = 0; id < scores.Length; id++)
            if (!table.Tokens[id].IsEmpty && table.Find(table.Tokens[id]) == id) lowest = Math.Min(lowest, scores[id]);
        return lowest;
    }

    public override int Find(ReadOnlySpan<byte> bytes) => table.Find(bytes);

    public override void Encode(ReadOnlySpan<byte> piece, IdList ids)
    {
        int length = piece.Length;
        double[] best = ArrayPool<double>.Shared.Rent(length + 1);
        int[] work = ArrayPool<int>.Shared.Rent(2 * (length + 1));
        Span<int> from = work.AsSpan(0, length + 1), token = work.AsSpan(length + 1, length + 1);
        best.AsSpan(0, length + 1).Fill(double.NegativeInfinity);
        best[0] = 0;
        for (int at = 0; at < length; at += Utf8Text.Length(piece[at]))
        {
            int character = Utf8Text.Length(piece[at]);
            bool single = false;
            int limit = Math.Min(length, at + table.LongestToken);
            for (int end = at + character; end <= limit; end += Utf8Text.Length(piece[end]))
            {
                int id = table.Find(piece[at..end]);
                if (id >= 0)
                {
                    single |= end == at + character;
                    Offer(at, end, id, best[at] + scores[id], best, from, token);
                }
                if (end == length) break;
            }
            if (!single) Offer(at, at + character, -1, best[at] + _unknownScore, best, from, token);
        }
        Emit(piece, from, token, ids);
        ArrayPool<double>.Shared.Return(best);
        ArrayPool<int>.Shared.Return(work);
    }

    static void Offer(int at, int end, int id, double score, double[] best, Span<int> from, Span<int> token)
    {
        if (score > best[end]) (best[end], from[end], token[end]) = (score, at, id);
    }

    void Emit(ReadOnlySpan<byte> piece, Span<int> from, Span<int> token, IdList ids)
    {
        // Turn the links around, so that the path can be walked from the front: from[start] becomes the end of the token there.
        int end = piece.Length, path = -1;
        while (end > 0)
        {
            int start = from[end];
            from[end] = path;
            path = end;
            end = start;
        }
        bool afterUnknown = false;
        for (int start = 0; path > 0; start = path, path = from[path])
        {
            if (token[path] >= 0)
            {
                ids.Add(token[path]);
                afterUnknown = false;
            }
            else
            {
                unknown.Add(piece[start..path], ids, ref afterUnknown);
            }
        }
    }
}
