using System.Text;
using Poise.Core.Tokenizers.Text;

namespace Poise.Core.Tokenizers;

/// <summary>Finds added tokens in UTF-8 text: the leftmost, and of those the longest.</summary>
sealed class AddedTokenMatcher
{
    readonly AddedToken[] _tokens;
    readonly TokenTable _contents;
    // Lengths of the tokens that begin with a byte, longest first.
    readonly int[]?[] _lengths = new int[]?[256];
    readonly System.Buffers.SearchValues<byte> _anyFirst;
    readonly System.Buffers.SearchValues<byte> _plainFirst;

    public AddedTokenMatcher(IEnumerable<AddedToken> tokens)
    {
        _tokens = [.. tokens.Where(t => t.Content.Length > 0)];
        var bytes = new TokenBytes(_tokens.Length, 16);
        _contents = new TokenTable(bytes, _tokens.Length);
        for (int i = 0; i < _tokens.Length; i++)
        {
            bytes.Set(i, Encoding.UTF8.GetBytes(_tokens[i].Content));
            _contents.Add(i);
        }
        foreach (var group in Enumerable.Range(0, _tokens.Length).GroupBy(i => bytes[i][0]))
            _lengths[group.Key] = [.. group.Select(i => bytes[i].Length).Distinct().OrderDescending()];
        _anyFirst = First(_tokens);
        _plainFirst = First(_tokens.Where(t => !t.Special));
    }

    public bool IsEmpty => _tokens.Length == 0;

    static System.Buffers.SearchValues<byte> First(IEnumerable<AddedToken> tokens) =>
        System.Buffers.SearchValues.Create([.. tokens.Select(t => Encoding.UTF8.GetBytes(t.Content)[0]).Distinct()]);

    /// <summary>The next token at or after <paramref name="from"/>, with the white space it takes along; null where there is none.</summary>
    public AddedToken? Find(ReadOnlySpan<byte> text, int from, bool allowSpecial, out int start, out int end)
    {
        for (int at = from; at < text.Length; at++)
        {
            int step = text[at..].IndexOfAny(allowSpecial ? _anyFirst : _plainFirst);
            if (step < 0) break;
            at += step;
            foreach (int length in _lengths[text[at]]!)
            {
                if (length > text.Length - at) continue;
                int index = _contents.Find(text.Slice(at, length));
                if (index < 0) continue;
                AddedToken token = _tokens[index];
                if (token.Special && !allowSpecial) continue;
                if (token.SingleWord && !IsAlone(text, at, at + length)) continue;
                (start, end) = (at, at + length);
                if (token.StripLeft)
                    while (start > from && Utf8Text.Back(text, start) is var back && UnicodeTable.IsWhite(Utf8Text.Decode(text, back, out _))) start = back;
                if (token.StripRight)
                    while (end < text.Length && UnicodeTable.IsWhite(Utf8Text.Decode(text, end, out int white))) end += white;
                return token;
            }
        }
        start = end = text.Length;
        return null;
    }

    static readonly CodePointSet s_word = new(UnicodeTable.Mask("L")!.Value | UnicodeTable.Mask("M")!.Value | UnicodeTable.Mask("Nd")!.Value | UnicodeTable.Mask("Nl")!.Value | UnicodeTable.Mask("Pc")!.Value, []);

    static bool IsAlone(ReadOnlySpan<byte> text, int start, int end) =>
        (start == 0 || !s_word.Contains(Utf8Text.Decode(text, Utf8Text.Back(text, start), out _))) &&
        (end == text.Length || !s_word.Contains(Utf8Text.Decode(text, end, out _)));
}
