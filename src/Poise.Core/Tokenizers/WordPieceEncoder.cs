using Poise.Core.Tokenizers.Text;

namespace Poise.Core.Tokenizers;

/// <summary>WordPiece: from the left, the longest token that fits; one unknown token for the whole word where nothing does or it is too long.</summary>
/// <param name="beginnings">Tokens that may begin a word.</param>
/// <param name="continuations">Tokens inside of words, without their prefix ("##").</param>
sealed class WordPieceEncoder(TokenTable beginnings, TokenTable continuations, int unknownId, int longestWord) : PieceEncoder
{
    public override string Kind => "WordPiece";

    public override int Find(ReadOnlySpan<byte> bytes) => beginnings.Find(bytes);

    public override void Encode(ReadOnlySpan<byte> piece, IdList ids)
    {
        int before = ids.Count, characters = 0;
        foreach (byte b in piece)
            if ((b & 0xC0) != 0x80) characters++;
        bool known = characters <= longestWord;
        for (int at = 0; known && at < piece.Length;)
        {
            TokenTable table = at == 0 ? beginnings : continuations;
            int end = Math.Min(piece.Length, at + table.LongestToken);
            while (end < piece.Length && (piece[end] & 0xC0) == 0x80) end--;
            int id = -1;
            while (end > at && (id = table.Find(piece[at..end])) < 0) end = Utf8Text.Back(piece, end);
            known = id >= 0;
            if (!known) break;
            ids.Add(id);
            at = end;
        }
        if (known) return;
        ids.Truncate(before);
        if (unknownId >= 0) ids.Add(unknownId);
    }
}
