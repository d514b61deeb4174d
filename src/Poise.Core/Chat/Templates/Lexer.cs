namespace Poise.Core.Chat.Templates;

/// <summary>
/// Cuts a template into text and tags, with the white-space rules of chat templates: the line end after a block tag or comment goes (trim_blocks), and so does
/// white space before one at the start of a line (lstrip_blocks); a minus strips all white space on its side, a plus keeps it.
/// </summary>
sealed class Lexer
{
    readonly string _source;
    readonly List<Token> _tokens = [];
    int _at;
    int _line = 1;
    bool _startsLine = true;

    Lexer(string source) => _source = source;

    public static List<Token> Read(string template, string source)
    {
        if (source.Length > TemplateLimits.MaximumSource) throw new TemplateException($"the template has more than {TemplateLimits.MaximumSource:N0} characters").At(template, 1);
        source = source.Replace("\r\n", "\n", StringComparison.Ordinal).Replace('\r', '\n');
        if (source.EndsWith('\n')) source = source[..^1];
        var lexer = new Lexer(source);
        try
        {
            lexer.ReadAll();
        }
        catch (TemplateException e) when (e.Line == 0)
        {
            throw e.At(template, lexer._line);
        }
        return lexer._tokens;
    }

    void ReadAll()
    {
        while (_at < _source.Length)
        {
            int tag = FindTag(_at);
            if (tag < 0)
            {
                Data(_source[_at..]);
                break;
            }
            char kind = _source[tag + 1];
            int raw = kind == '%' ? RawBegin(tag) : -1;
            int inside = tag + 2;
            char mark = inside < _source.Length && _source[inside] is '-' or '+' ? _source[inside] : '\0';
            if (mark != 0) inside++;
            Data(StripBefore(_source[_at..tag], mark, isPrint: kind == '{'), tag);
            if (raw >= 0) ReadRaw(raw);
            else if (kind == '#') SkipComment(inside);
            else ReadTag(inside, kind == '{');
        }
        // At the line of the last piece: that is where something is missing.
        _tokens.Add(new Token(TokenKind.End, "", _tokens.Count > 0 ? _tokens[^1].Line : 1));
    }

    int FindTag(int from)
    {
        for (int at = from; (at = _source.IndexOf('{', at)) >= 0 && at + 1 < _source.Length; at++)
            if (_source[at + 1] is '{' or '%' or '#') return at;
        return -1;
    }

    /// <summary>White space between the text and the tag after it.</summary>
    string StripBefore(string text, char mark, bool isPrint)
    {
        if (mark == '-') return PythonCharacters.StripEnd(text);
        if (mark == '+' || isPrint) return text;
        int start = text.LastIndexOf('\n') + 1;
        if (start == 0 && !_startsLine) return text;
        for (int i = start; i < text.Length; i++)
            if (!PythonCharacters.IsSpace(text[i])) return text;
        return text[..start];
    }

    void Data(string text, int end = -1)
    {
        if (text.Length > 0) _tokens.Add(new Token(TokenKind.Data, text, _line));
        MoveTo(end < 0 ? _source.Length : end);
    }

    void MoveTo(int end)
    {
        _line += _source.AsSpan(_at, end - _at).Count('\n');
        if (end > _at) _startsLine = _source[end - 1] == '\n';
        _at = end;
    }

    int SkipSpace(int at)
    {
        while (at < _source.Length && PythonCharacters.IsSpace(_source[at])) at++;
        return at;
    }

    bool Has(int at, string text) => string.CompareOrdinal(_source, at, text, 0, text.Length) == 0;

    /// <summary>The end of a <c>raw</c> tag that begins at a place, or -1.</summary>
    int RawBegin(int tag)
    {
        int at = tag + 2;
        if (at < _source.Length && _source[at] is '-' or '+') at++;
        at = SkipSpace(at);
        if (!Has(at, "raw")) return -1;
        at = SkipSpace(at + 3);
        return Has(at, "-%}") ? SkipSpace(at + 3) : Has(at, "%}") ? at + 2 : -1;
    }

    void ReadRaw(int from)
    {
        MoveTo(from);
        for (int at = from; (at = _source.IndexOf("{%", at, StringComparison.Ordinal)) >= 0; at++)
        {
            char mark = at + 2 < _source.Length && _source[at + 2] is '-' or '+' ? _source[at + 2] : '\0';
            int name = SkipSpace(at + (mark == 0 ? 2 : 3));
            if (!Has(name, "endraw")) continue;
            int end = TagEnd(SkipSpace(name + 6), "%}", trims: true);
            if (end < 0) continue;
            Data(StripBefore(_source[from..at], mark, isPrint: false), at);
            MoveTo(end);
            return;
        }
        throw new TemplateException("Missing end of raw directive");
    }

    void SkipComment(int from)
    {
        for (int at = from; at < _source.Length; at++)
        {
            int end = TagEnd(at, "#}", trims: true);
            if (end < 0) continue;
            MoveTo(end);
            return;
        }
        throw new TemplateException("Missing end of comment tag");
    }

    /// <summary>Where a tag's end that begins at a place ends, with the white space that it takes along; or -1.</summary>
    int TagEnd(int at, string mark, bool trims)
    {
        if (Has(at, mark)) return trims && Has(at + 2, "\n") ? at + 3 : at + 2;
        if (at >= _source.Length || !Has(at + 1, mark)) return -1;
        return _source[at] == '-' ? SkipSpace(at + 3) : _source[at] == '+' && trims ? at + 3 : -1;
    }

    void ReadTag(int from, bool isPrint)
    {
        _tokens.Add(new Token(isPrint ? TokenKind.PrintBegin : TokenKind.BlockBegin, "", _line));
        MoveTo(from);
        var expression = new ExpressionLexer(_source, _tokens);
        while (true)
        {
            MoveTo(SkipSpace(_at));
            if (_at == _source.Length) return;
            int end = expression.IsBalanced ? TagEnd(_at, isPrint ? "}}" : "%}", trims: !isPrint) : -1;
            if (end >= 0)
            {
                _tokens.Add(new Token(isPrint ? TokenKind.PrintEnd : TokenKind.BlockEnd, "", _line));
                MoveTo(end);
                return;
            }
            MoveTo(expression.Read(_at, _line));
        }
    }
}
