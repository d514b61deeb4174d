using System.Text;
using Poise.Core.Tokenizers;

namespace Poise.Core.Chat.Harmony;

/// <summary>The ids of a header that has not ended yet. A start token stands in it only where it interrupted a content, and is no part of its text.</summary>
sealed class HarmonyHeaderBuffer
{
    // Characters; what goes on for longer is no header. Not counted in ids, which may cut a text in many ways.
    const int Longest = 1000;

    readonly HarmonyVocabulary _vocabulary;
    readonly List<int> _ids = [];
    StreamingDecoder _decoder;
    int _length;
    bool _settled;

    public HarmonyHeaderBuffer(HarmonyVocabulary vocabulary)
    {
        _vocabulary = vocabulary;
        _decoder = vocabulary.Tokenizer.CreateDecoder();
    }

    public IReadOnlyList<int> Ids => _ids;

    // Half a character at the limit waits for its other half.
    public bool IsTooLong => _length >= Longest && (_length >= Longest + 16 || !Text(out _).EndsWith('\uFFFD'));

    public void Clear()
    {
        _ids.Clear();
        _decoder = _vocabulary.Tokenizer.CreateDecoder();
        (_length, _settled) = (0, false);
    }

    public void Add(int id)
    {
        _ids.Add(id);
        _length += _decoder.Append(id).Length;
    }

    /// <param name="tokens">Where in the text special tokens stand, as opposed to text that spells them.</param>
    /// <param name="complete">Nothing more comes: half a character at the end is shown as one that is broken.</param>
    public string Text(out List<(int At, HarmonyToken Token)> tokens, bool complete = true)
    {
        var text = new StringBuilder();
        tokens = [];
        StreamingDecoder decoder = _vocabulary.Tokenizer.CreateDecoder();
        foreach (int id in _ids)
        {
            HarmonyToken kind = _vocabulary.KindOf(id);
            if (kind != HarmonyToken.Text) text.Append(decoder.Flush());
            if (kind is HarmonyToken.Channel or HarmonyToken.Constrain) tokens.Add((text.Length, kind));
            if (kind != HarmonyToken.Start) text.Append(decoder.Append(id));
        }
        return text.Append(complete ? decoder.Flush() : "").ToString();
    }

    /// <summary>Whether what interrupts a content is a header: a channel must be a known one, a start must have a role or a channel after it.</summary>
    /// <param name="complete">Nothing more comes; otherwise what may yet become a header is one.</param>
    public bool CouldBeHeader(bool complete)
    {
        if (_settled && !complete) return true;
        string text = Text(out _, complete);
        bool channel = _vocabulary.KindOf(_ids[0]) == HarmonyToken.Channel;
        string rest = channel ? text[HarmonySpelling.Channel.Length..].TrimStart() : text.TrimStart();
        if (rest.Length == 0) return true;
        if (channel)
        {
            _settled = NamesChannel(rest);
            return _settled || (!complete && HarmonySpelling.Channels.Any(c => c.StartsWith(rest, StringComparison.Ordinal)));
        }
        _settled = true;
        if (!complete || rest.Contains(HarmonySpelling.Channel, StringComparison.Ordinal)) return true;
        string? none = null;
        return HarmonyHeaderReader.AuthorOf(rest.Split((char[]?)null, 2)[0], ref none) is not null;
    }

    /// <summary>Whether a text begins with the name of a known channel.</summary>
    public static bool NamesChannel(string text)
    {
        string rest = text.TrimStart();
        return HarmonySpelling.Channels.Any(c => rest.StartsWith(c, StringComparison.Ordinal));
    }
}
