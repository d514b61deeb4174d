using System.Text;
using Poise.Core.Tokenizers;

namespace Poise.Core.Chat.Harmony;

/// <summary>
/// Reads messages out of ids as they come. Never throws for what a model wrote, and loses no text of it. Well-formed streams give what the
/// reference library gives; where that refuses or loses something, this goes on:
/// a message without message token is read as <see cref="HarmonyRecovery"/> says when it ends;
/// text between messages continues the message before it, as one more message on the same channel;
/// a start token, or a channel token with a known channel, begins a new message even inside content or another header;
/// what goes on for too long to be a header is read likewise;
/// the end of text ends a message; other special tokens that have no meaning where they stand are dropped, and unknown ids are so in headers;
/// ends between messages are dropped; an unknown id in content is one U+FFFD;
/// a header that the stream's end cuts off is dropped, unless there is more in it than a header.
/// A channel or start token in content that begins no header stays as the text that spells it, as the reference has it, or is dropped.
/// </summary>
public sealed class HarmonyParser
{
    // Characters; what goes on for longer is no header: its text is given out as content. Not counted in ids, which may cut a text in many ways.
    const int LongestHeader = 1000;

    readonly HarmonyVocabulary _vocabulary;
    readonly bool _spellStrayTokens;
    readonly List<HarmonyMessage> _messages = [];
    readonly List<HarmonyEvent> _events = [];
    readonly List<int> _header = [];
    readonly List<int> _blanks = [];
    readonly StringBuilder _content = new();
    HarmonyHeaderStart _start;
    HarmonyHeader? _open;
    HarmonyHeader? _previous;
    StreamingDecoder? _decoder;
    StreamingDecoder? _headerDecoder;
    int _headerLength;
    bool _settled;
    bool _inHeader;

    /// <param name="role">The role that the prompt ended in; null where the stream begins with a start token.</param>
    /// <param name="spellStrayTokens">Whether control tokens that begin no header are spelled in the content, or dropped from it.</param>
    public HarmonyParser(HarmonyVocabulary vocabulary, ChatRole? role = null, bool spellStrayTokens = true)
    {
        _vocabulary = vocabulary;
        _spellStrayTokens = spellStrayTokens;
        _start = new HarmonyHeaderStart(role, Implicit: false, null);
        _inHeader = role is not null;
        ClearHeader();
    }

    public HarmonyState State => _open is not null ? HarmonyState.Content : _inHeader ? HarmonyState.Header : HarmonyState.ExpectStart;

    /// <summary>Of the message at hand; null where not yet known.</summary>
    public ChatRole? Role => _open?.Role ?? (_inHeader ? _start.Role : null);

    public string? Channel => _open?.Channel;

    public string? Recipient => _open?.Recipient;

    public string? ContentType => _open?.ContentType;

    /// <summary>Finished messages.</summary>
    public IReadOnlyList<HarmonyMessage> Messages => _messages;

    /// <summary>What the last token brought.</summary>
    public IReadOnlyList<HarmonyEvent> Events => _events;

    /// <summary>Content that the last token brought, of whatever messages.</summary>
    public string Delta => string.Concat(_events.OfType<HarmonyDelta>().Select(d => d.Text));

    /// <summary>Takes the next id; any number is allowed.</summary>
    public void Push(int id)
    {
        _events.Clear();
        Take(id, _vocabulary.KindOf(id));
    }

    /// <summary>The stream is over. Further ids begin anew.</summary>
    public void Finish()
    {
        _events.Clear();
        if (_inHeader) Recover(ended: false);
        Close();
        (_inHeader, _start) = (false, default);
        _blanks.Clear();
    }

    void Take(int id, HarmonyToken kind)
    {
        if (_inHeader) TakeInHeader(id, kind);
        else if (_open is not null) TakeInContent(id, kind);
        else TakeBetween(id, kind);
    }

    void TakeInContent(int id, HarmonyToken kind)
    {
        switch (kind)
        {
            case HarmonyToken.End or HarmonyToken.Call or HarmonyToken.Return or HarmonyToken.EndOfText:
                Close();
                break;
            case HarmonyToken.Start or HarmonyToken.Channel:
                // A character that is not complete by now never will be.
                Emit(_decoder!.Flush());
                _start = kind == HarmonyToken.Start ? default : new HarmonyHeaderStart(_open!.Role, false, null);
                _inHeader = true;
                ClearHeader();
                _header.Add(id);
                break;
            case HarmonyToken.Text or HarmonyToken.Unknown:
                Emit(_decoder!.Append(id));
                break;
        }
    }

    void TakeBetween(int id, HarmonyToken kind)
    {
        switch (kind)
        {
            case HarmonyToken.Start:
                BeginHeader(default, []);
                break;
            case HarmonyToken.Text when string.IsNullOrWhiteSpace(_vocabulary.Tokenizer.Decode([id])):
                _blanks.Add(id);
                break;
            case HarmonyToken.Text or HarmonyToken.Channel or HarmonyToken.Constrain or HarmonyToken.Message:
                BeginHeader(new HarmonyHeaderStart(null, Implicit: true, _previous), [.. _blanks]);
                TakeInHeader(id, kind);
                break;
            default:
                _blanks.Clear();
                break;
        }
    }

    void TakeInHeader(int id, HarmonyToken kind)
    {
        switch (kind)
        {
            case HarmonyToken.Message:
                HarmonyHeader header = HarmonyHeaderReader.Read(HeaderText(), _start);
                Close();
                Open(header);
                break;
            case HarmonyToken.Start:
                Recover(ended: true, restart: true);
                Take(id, kind);
                break;
            case HarmonyToken.End or HarmonyToken.Call or HarmonyToken.Return:
                Recover(ended: true);
                Close();
                break;
            case HarmonyToken.Text or HarmonyToken.Channel or HarmonyToken.Constrain:
                AddToHeader(id);
                break;
        }
    }

    void BeginHeader(HarmonyHeaderStart start, int[] ids)
    {
        _inHeader = true;
        _start = start;
        _blanks.Clear();
        ClearHeader();
        foreach (int id in ids) AddToHeader(id);
    }

    void ClearHeader()
    {
        _header.Clear();
        _headerLength = 0;
        _settled = false;
        _headerDecoder = _vocabulary.Tokenizer.CreateDecoder();
    }

    void AddToHeader(int id)
    {
        _header.Add(id);
        _headerLength += _headerDecoder!.Append(id).Length;
        // Half a character at the limit waits for its other half.
        if (_headerLength >= LongestHeader && (_headerLength >= LongestHeader + 16 || !HeaderText().EndsWith('\uFFFD'))) Recover(ended: true, goesOn: true);
        else if (_open is not null && !_settled && !CouldBeHeader(HeaderText(), complete: false)) ReturnToContent();
    }

    // The start token that interrupted a content is no part of the header's text.
    string HeaderText() => HeaderText(out _);

    string HeaderText(out List<(int At, HarmonyToken Token)> tokens)
    {
        var text = new StringBuilder();
        tokens = [];
        StreamingDecoder decoder = _vocabulary.Tokenizer.CreateDecoder();
        foreach (int id in _header)
        {
            HarmonyToken kind = _vocabulary.KindOf(id);
            if (kind != HarmonyToken.Text) text.Append(decoder.Flush());
            if (kind is HarmonyToken.Channel or HarmonyToken.Constrain) tokens.Add((text.Length, kind));
            if (kind != HarmonyToken.Start) text.Append(decoder.Append(id));
        }
        return text.Append(decoder.Flush()).ToString();
    }

    /// <summary>The header ends without a message token. What it says becomes messages; the last one stays open where the stream goes on.</summary>
    void Recover(bool ended, bool restart = false, bool goesOn = false)
    {
        string text = HeaderText(out List<(int At, HarmonyToken Token)> tokens);
        if (_open is not null && !CouldBeHeader(text, complete: true))
        {
            ReturnToContent();
            return;
        }
        Close();
        _inHeader = false;
        ClearHeader();
        HarmonyHeaderStart start = _start;
        for (int from = 0; from < text.Length || goesOn;)
        {
            (HarmonyHeader header, int begin) = HarmonyRecovery.Read(text[from..], start, ended);
            begin += from;
            // A channel in what is said begins one more message.
            int end = tokens.Where(t => t.Token == HarmonyToken.Channel && t.At >= begin && NamesChannel(text[(t.At + HarmonySpelling.Channel.Length)..])).Select(t => t.At).FirstOrDefault(text.Length);
            string said = Said(text, begin, end, tokens);
            // A header alone counts if it has ended. A new start takes it back, unless it is somebody's.
            bool names = ended && (header.Name is not null || (!restart && (header.Channel ?? header.Recipient ?? header.ContentType) is not null)) && !(start is { Implicit: true, Previous: { } previous } && header == previous);
            bool stays = goesOn && end == text.Length;
            if (names || stays || !string.IsNullOrWhiteSpace(said))
            {
                Open(header);
                Emit(said);
                if (stays) return;
                Close();
            }
            from = end;
            start = new HarmonyHeaderStart(header.Role, Implicit: false, null);
        }
    }

    static bool NamesChannel(string text)
    {
        string rest = text.TrimStart();
        return HarmonySpelling.Channels.Any(c => rest.StartsWith(c, StringComparison.Ordinal));
    }

    /// <summary>A piece of text without the tokens in it, but for those that shall be spelled.</summary>
    string Said(string text, int begin, int end, List<(int At, HarmonyToken Token)> tokens)
    {
        var said = new StringBuilder();
        foreach ((int at, HarmonyToken token) in tokens)
        {
            if (at < begin || at >= end || (_spellStrayTokens && token == HarmonyToken.Channel)) continue;
            said.Append(text, begin, at - begin);
            begin = at + HarmonySpelling.Of(token).Length;
        }
        return said.Append(text, begin, end - begin).ToString();
    }

    /// <summary>Whether what interrupts a content is a header: a channel must be a known one, a start must have a role or a token after it.</summary>
    bool CouldBeHeader(string text, bool complete)
    {
        bool channel = _vocabulary.KindOf(_header[0]) == HarmonyToken.Channel;
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

    /// <summary>What looked like a header is content after all.</summary>
    void ReturnToContent()
    {
        _inHeader = false;
        int[] held = [.. _header];
        ClearHeader();
        foreach (int id in held)
            if (_spellStrayTokens || _vocabulary.KindOf(id) == HarmonyToken.Text) Emit(_decoder!.Append(id));
    }

    void Open(HarmonyHeader header)
    {
        _inHeader = false;
        ClearHeader();
        _open = header;
        _content.Clear();
        _decoder = _vocabulary.Tokenizer.CreateDecoder();
    }

    void Emit(string text)
    {
        if (text.Length == 0) return;
        _content.Append(text);
        _events.Add(new HarmonyDelta(_open!, text));
    }

    void Close()
    {
        if (_open is not { } header) return;
        Emit(_decoder!.Flush());
        var message = new HarmonyMessage
        {
            Role = header.Role,
            Name = header.Name,
            Channel = header.Channel,
            Recipient = header.Recipient,
            ContentType = header.ContentType,
            Content = [new HarmonyText(_content.ToString())],
        };
        _messages.Add(message);
        _events.Add(new HarmonyFinished(message));
        (_previous, _open, _inHeader) = (header, null, false);
    }
}
