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
    readonly HarmonyVocabulary _vocabulary;
    readonly bool _spellStrayTokens;
    readonly List<HarmonyMessage> _messages = [];
    readonly List<HarmonyEvent> _events = [];
    readonly HarmonyHeaderBuffer _header;
    readonly List<int> _blanks = [];
    readonly StringBuilder _content = new();
    HarmonyHeaderStart _start;
    HarmonyHeader? _open;
    HarmonyHeader? _previous;
    StreamingDecoder? _decoder;
    bool _inHeader;

    /// <param name="role">The role that the prompt ended in; null where the stream begins with a start token.</param>
    /// <param name="spellStrayTokens">Whether control tokens that begin no header are spelled in the content, or dropped from it.</param>
    public HarmonyParser(HarmonyVocabulary vocabulary, ChatRole? role = null, bool spellStrayTokens = true)
    {
        _vocabulary = vocabulary;
        _spellStrayTokens = spellStrayTokens;
        _start = new HarmonyHeaderStart(role, Implicit: false, null);
        _inHeader = role is not null;
        _header = new HarmonyHeaderBuffer(vocabulary);
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
                _header.Clear();
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
                Take(id, kind);
                break;
            case HarmonyToken.End or HarmonyToken.Call or HarmonyToken.Return:
                _blanks.Clear();
                break;
        }
    }

    void TakeInHeader(int id, HarmonyToken kind)
    {
        switch (kind)
        {
            case HarmonyToken.Message:
                HarmonyHeader header = HarmonyHeaderReader.Read(_header.Text(out _), _start);
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
        _header.Clear();
        foreach (int id in ids) Take(id, HarmonyToken.Text);
    }

    void AddToHeader(int id)
    {
        _header.Add(id);
        if (_header.IsTooLong) Recover(ended: true, goesOn: true);
        else if (_open is not null && !_header.CouldBeHeader(complete: false)) ReturnToContent();
    }

    /// <summary>The header ends without a message token. What it says becomes messages; the last one stays open where the stream goes on.</summary>
    void Recover(bool ended, bool restart = false, bool goesOn = false)
    {
        string text = _header.Text(out List<(int At, HarmonyToken Token)> tokens);
        if (_open is not null && !_header.CouldBeHeader(complete: true))
        {
            ReturnToContent();
            return;
        }
        Close();
        _inHeader = false;
        _header.Clear();
        foreach ((HarmonyHeader header, string said, bool stays) in HarmonyRecovery.Messages(text, tokens, _start, ended, restart, goesOn, _spellStrayTokens))
        {
            Open(header);
            Emit(said);
            if (!stays) Close();
        }
    }

    /// <summary>What looked like a header is content after all.</summary>
    void ReturnToContent()
    {
        _inHeader = false;
        int[] held = [.. _header.Ids];
        _header.Clear();
        foreach (int id in held)
            if (_spellStrayTokens || _vocabulary.KindOf(id) == HarmonyToken.Text) Emit(_decoder!.Append(id));
    }

    void Open(HarmonyHeader header)
    {
        _inHeader = false;
        _header.Clear();
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
