using Poise.Core.Tokenizers;

namespace Poise.Core.Training.Data;

/// <summary>
/// A text as ids such that given places of it fall between two ids: what stands before such a place is encoded as it would be
/// alone, as the prompt that the model sees before it answers. Only where a token would span the place is the text cut there.
/// </summary>
sealed class CutEncoding
{
    readonly Tokenizer _tokenizer;
    readonly Func<string, bool, int[]> _encode;
    readonly List<int> _cuts = [];

    /// <param name="encode">Encodes a part of the text; whether it is the first one.</param>
    CutEncoding(Tokenizer tokenizer, Func<string, bool, int[]> encode)
    {
        _tokenizer = tokenizer;
        _encode = encode;
    }

    /// <summary>Ids of the whole text.</summary>
    public int[] Ids { get; private set; } = [];

    /// <summary>For each place the id that begins there.</summary>
    public int[] Places { get; private set; } = [];

    /// <summary>Null where the tokenizer cannot have ids begin at the places, because it writes a cut text differently.</summary>
    public static CutEncoding? Of(string text, IReadOnlyList<int> places, Tokenizer tokenizer, Func<string, bool, int[]> encode)
    {
        var encoding = new CutEncoding(tokenizer, encode) { Ids = encode(text, true) };
        int[] whole = encoding.Ids;
        foreach (int place in places)
        {
            if (encoding.Ids.AsSpan().StartsWith(encoding.Encode(text[..place]))) continue;
            encoding._cuts.Add(place);
            encoding.Ids = encoding.Encode(text);
        }
        if (encoding._cuts.Count > 0 && !encoding.BytesOf(encoding.Ids).SequenceEqual(encoding.BytesOf(whole))) return null;
        var found = new List<int>();
        foreach (int place in places)
        {
            int[] before = encoding.Encode(text[..place]);
            if (!encoding.Ids.AsSpan().StartsWith(before)) return null;
            found.Add(before.Length);
        }
        encoding.Places = [.. found];
        return encoding;
    }

    /// <summary>Ids of a text that begins as this one does, with the same cuts.</summary>
    public int[] Encode(string text)
    {
        var ids = new List<int>();
        int from = 0;
        foreach (int cut in _cuts.Where(cut => cut < text.Length).Append(text.Length))
        {
            ids.AddRange(_encode(text[from..cut], from == 0));
            from = cut;
        }
        return [.. ids];
    }

    byte[] BytesOf(int[] ids) => [.. ids.SelectMany(id => _tokenizer.BytesOf(id).ToArray())];
}
