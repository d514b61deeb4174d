using System.Globalization;
using System.Text;

namespace Poise.Core.Chat.Templates;

/// <summary>Reads what stands inside of tags: names, numbers, strings and operators.</summary>
sealed class ExpressionLexer(string source, List<Token> tokens)
{
    static readonly string[] s_operators = ["//", "**", "==", "!=", ">=", "<=", "+", "-", "/", "*", "%", "~", "[", "]", "(", ")", "{", "}", ">", "<", "=", ".", ":", "|", ",", ";"];

    readonly Stack<char> _open = [];

    public bool IsBalanced => _open.Count == 0;

    /// <summary>Adds the token at a place and returns where it ends.</summary>
    public int Read(int at, int line)
    {
        char c = source[at];
        if (char.IsAsciiDigit(c)) return ReadNumber(at, line);
        int point = CodePoints.At(source, at);
        if (PythonCharacters.IsWord(point) || PythonCharacters.IsNamePart(point)) return ReadName(at, line);
        if (c is '\'' or '"' && StringEnd(at) is >= 0 and var end)
        {
            tokens.Add(new Token(TokenKind.Text, Unescape(source.AsSpan(at + 1, end - at - 2)), line));
            return end;
        }
        foreach (string operation in s_operators)
        {
            if (string.CompareOrdinal(source, at, operation, 0, operation.Length) != 0) continue;
            Balance(operation);
            tokens.Add(new Token(TokenKind.Operator, operation, line));
            return at + operation.Length;
        }
        throw new TemplateException($"unexpected char {PythonText.Quote(CodePoints.ToText(point))} at {CodePoints.Count(source.AsSpan(0, at))}");
    }

    void Balance(string operation)
    {
        if (operation is "(" or "[" or "{") _open.Push(operation == "(" ? ')' : operation == "[" ? ']' : '}');
        if (operation is not (")" or "]" or "}")) return;
        if (!_open.TryPop(out char expected)) throw new TemplateException($"unexpected '{operation}'");
        if (operation[0] != expected) throw new TemplateException($"unexpected '{operation}', expected '{expected}'");
    }

    int ReadName(int at, int line)
    {
        int end = at;
        bool isName = true;
        for (int point; end < source.Length && (PythonCharacters.IsWord(point = CodePoints.At(source, end)) || PythonCharacters.IsNamePart(point)); end += CodePoints.LengthAt(source, end))
            isName &= end == at ? PythonCharacters.IsNameStart(point) : PythonCharacters.IsNamePart(point);
        if (!isName) throw new TemplateException("Invalid character in identifier");
        tokens.Add(new Token(TokenKind.Name, source[at..end], line));
        return end;
    }

    int ReadNumber(int at, int line)
    {
        // After a point comes an element's number, never a fraction: `a.0.1`.
        bool mayBeFloat = at == 0 || source[at - 1] != '.';
        int digits = Digits(at), end = digits;
        if (mayBeFloat)
        {
            if (end < source.Length && source[end] == '.' && Digits(end + 1) is var fraction && fraction > end + 1) end = fraction;
            if (end < source.Length && source[end] is 'e' or 'E')
            {
                int exponent = end + 1 < source.Length && source[end + 1] is '+' or '-' ? end + 2 : end + 1;
                if (Digits(exponent) is var last && last > exponent) end = last;
            }
        }
        if (end > digits)
        {
            tokens.Add(new Token(TokenKind.Float, source[at..end].Replace("_", "", StringComparison.Ordinal), line));
            return end;
        }
        end = Radix(at) is > 0 and var prefixed ? prefixed : source[at] == '0' ? Digits(at, static c => c == '0') : digits;
        tokens.Add(new Token(TokenKind.Integer, source[at..end], line));
        return end;
    }

    int Digits(int at) => Digits(at, char.IsAsciiDigit);

    /// <summary>The end of digits, in which single underscores may stand.</summary>
    int Digits(int at, Func<char, bool> isDigit)
    {
        int end = at;
        while (end < source.Length && (isDigit(source[end]) || (source[end] == '_' && end > at && end + 1 < source.Length && isDigit(source[end + 1])))) end++;
        return end;
    }

    int Radix(int at)
    {
        if (source[at] != '0' || at + 2 >= source.Length) return -1;
        Func<char, bool>? isDigit = char.ToLowerInvariant(source[at + 1]) switch { 'x' => char.IsAsciiHexDigit, 'o' => c => c is >= '0' and <= '7', 'b' => c => c is '0' or '1', _ => null };
        if (isDigit is null) return -1;
        int from = source[at + 2] == '_' ? at + 3 : at + 2, end = Digits(from, isDigit);
        return end > from ? end : -1;
    }

    /// <summary>Where the string that begins at a place ends, or -1.</summary>
    int StringEnd(int at)
    {
        for (int i = at + 1; i < source.Length; i++)
        {
            if (source[i] == '\\') i++;
            else if (source[i] == source[at]) return i + 1;
        }
        return -1;
    }

    static string Unescape(ReadOnlySpan<char> raw)
    {
        var text = new StringBuilder(raw.Length);
        for (int i = 0; i < raw.Length; i++)
        {
            if (raw[i] != '\\' || i + 1 == raw.Length)
            {
                text.Append(raw[i]);
                continue;
            }
            char c = raw[++i];
            switch (c)
            {
                case '\n': break;
                case '\\' or '\'' or '"': text.Append(c); break;
                case 'a': text.Append('\a'); break;
                case 'b': text.Append('\b'); break;
                case 'f': text.Append('\f'); break;
                case 'n': text.Append('\n'); break;
                case 'r': text.Append('\r'); break;
                case 't': text.Append('\t'); break;
                case 'v': text.Append('\v'); break;
                case 'x': i += AppendHex(text, raw[(i + 1)..], 2); break;
                case 'u': i += AppendHex(text, raw[(i + 1)..], 4); break;
                case 'U': i += AppendHex(text, raw[(i + 1)..], 8); break;
                case 'N': i += AppendNamed(text, raw[(i + 1)..]); break;
                case >= '0' and <= '7':
                    int value = 0, end = Math.Min(raw.Length, i + 3);
                    for (; i < end && raw[i] is >= '0' and <= '7'; i++) value = value * 8 + (raw[i] - '0');
                    CodePoints.Append(text, value);
                    i--;
                    break;
                default: text.Append('\\').Append(c); break;
            }
        }
        return text.ToString();
    }

    static int AppendHex(StringBuilder text, ReadOnlySpan<char> digits, int count)
    {
        if (digits.Length < count || !uint.TryParse(digits[..count], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out uint point))
            throw new TemplateException("a string has a truncated escape: \\x takes 2, \\u takes 4, \\U takes 8 hexadecimal digits");
        if (point > 0x10FFFF) throw new TemplateException("a string has an escape beyond Unicode");
        CodePoints.Append(text, (int)point);
        return count;
    }

    static int AppendNamed(StringBuilder text, ReadOnlySpan<char> rest)
    {
        int end = rest.IndexOf('}');
        if (rest.Length == 0 || rest[0] != '{' || end < 0) throw new TemplateException("a string has a malformed \\N escape: it takes a name in braces");
        string name = rest[1..end].ToString();
        CodePoints.Append(text, CharacterNames.Find(name) ?? throw new TemplateException($"a string names the character {PythonText.Quote(PythonText.Shorten(name))}, which is not known here: use \\u and its number"));
        return end + 1;
    }
}
