using System.Text;
using Poise.Core.Tokenizers;

namespace Poise.Core.Chat.Dialects;

/// <summary>
/// Plain text, but for calls: what follows the python tag, or an answer that is nothing but calls as JSON. An answer that begins with a brace
/// is held back until it is known to be one or not. A header that the model repeats is dropped, as are other control tokens.
/// </summary>
sealed class Llama3AnswerParser(Tokenizer tokenizer, Llama3Tokens tokens) : IAnswerParser
{
    static readonly string[] s_roles = ["system", "user", "assistant", "ipython", "tool"];

    readonly AnswerBuilder _answer = new();
    readonly StringBuilder _held = new();
    StreamingDecoder _decoder = tokenizer.CreateDecoder();
    Place _place = Place.Start;
    bool _afterHeader;

    /// <summary>Start: nothing but blanks yet. Json: may be calls. Tag: after the python tag. Header: between its two tokens.</summary>
    enum Place
    {
        Start,
        Text,
        Json,
        Tag,
        Header,
    }

    public void Push(int id, ICollection<AnswerPart> parts)
    {
        if (tokens.Stops.Contains(id)) End(parts);
        else if (id == tokens.PythonTag)
        {
            End(parts);
            _place = Place.Tag;
        }
        else if (id == tokens.StartHeader)
        {
            End(parts);
            _place = Place.Header;
        }
        else if (id == tokens.EndHeader && _place == Place.Header)
        {
            _held.Clear();
            _decoder = tokenizer.CreateDecoder();
            (_place, _afterHeader) = (Place.Start, true);
        }
        else if (!tokenizer.IsSpecial(id)) Take(_decoder.Append(id), parts);
    }

    public ChatMessage Finish(ICollection<AnswerPart> parts)
    {
        End(parts);
        return _answer.Build();
    }

    void Take(string text, ICollection<AnswerPart> parts)
    {
        if (text.Length == 0) return;
        if (_place == Place.Text)
        {
            _answer.AddText(text, parts);
            return;
        }
        _held.Append(text);
        if (_place != Place.Start || string.IsNullOrWhiteSpace(text)) return;
        _place = text.AsSpan().TrimStart()[0] == '{' ? Place.Json : Place.Text;
        if (_place == Place.Text) Release(parts);
    }

    /// <summary>A turn, a header or what stood before a tag is over.</summary>
    void End(ICollection<AnswerPart> parts)
    {
        Take(_decoder.Flush(), parts);
        string held = _held.ToString();
        bool calls = _place switch
        {
            Place.Tag => held.Length > 0,
            Place.Json => true,
            _ => false,
        };
        if (calls && Llama3Calls.Read(held) is { } list)
        {
            _held.Clear();
            foreach ((string name, string arguments) in list) _answer.AddCall(name, arguments, parts);
        }
        else if (calls && _place == Place.Tag)
        {
            _held.Clear();
            (string name, string arguments) = Llama3Calls.ReadCode(held);
            _answer.AddCall(name, arguments, parts);
        }
        else if (_place == Place.Header && s_roles.Contains(held.Trim())) _held.Clear();
        else Release(parts);
        _place = Place.Start;
    }

    // The empty line after a header belongs to it.
    void Release(ICollection<AnswerPart> parts)
    {
        string held = _held.ToString();
        _answer.AddText(_afterHeader ? held.TrimStart() : held, parts);
        _held.Clear();
        _afterHeader = false;
    }
}
