using System.Globalization;
using System.Text;

namespace Poise.Core.Tokenizers.Text;

/// <summary>Reads a class in brackets, or an escape, of a split pattern.</summary>
sealed class PatternClassParser(int[] pattern, int start, Func<string, FormatException> error)
{
    readonly List<(int First, int Last)> _ranges = [];
    uint _classes;
    int _at = start;

    int Next => _at < pattern.Length ? pattern[_at++] : throw error("the pattern ends early");

    /// <summary>The rest of a class after its opening bracket.</summary>
    public CodePointSet Parse(bool ignoreCase, out int at)
    {
        bool negated = false;
        if (_at < pattern.Length && pattern[_at] == '^')
        {
            negated = true;
            _at++;
        }
        for (bool first = true; ; first = false)
        {
            int c = Next;
            if (c == ']' && !first) break;
            if (c == '[') throw error("classes inside classes are not supported");
            if (c == '&' && _at < pattern.Length && pattern[_at] == '&') throw error("intersections of classes are not supported");
            int? low = c == '\\' ? EscapedItem() : c;
            if (low is not { } from) continue;
            int to = from;
            if (_at + 1 < pattern.Length && pattern[_at] == '-' && pattern[_at + 1] != ']')
            {
                _at++;
                int high = Next;
                to = high != '\\' ? high : EscapedItem() ?? throw error("a range ends in a class");
                if (to < from) throw error("a range is reversed");
            }
            AddRange(from, to, ignoreCase);
        }
        at = _at;
        return new CodePointSet(_classes, _ranges, negated);
    }

    /// <summary>What follows a backslash outside of brackets.</summary>
    public CodePointSet Escape(bool ignoreCase, out int at)
    {
        if (EscapedItem() is { } literal) AddRange(literal, literal, ignoreCase);
        at = _at;
        return new CodePointSet(_classes, _ranges);
    }

    public static CodePointSet Literal(int codePoint, bool ignoreCase)
    {
        var parser = new PatternClassParser([], 0, problem => new FormatException(problem));
        parser.AddRange(codePoint, codePoint, ignoreCase);
        return new CodePointSet(0, parser._ranges);
    }

    void AddRange(int from, int to, bool ignoreCase)
    {
        _ranges.Add((from, to));
        if (!ignoreCase) return;
        for (int c = from; c <= to && c - from < 0x3000; c++)
        {
            if (!Rune.TryCreate(c, out Rune rune)) continue;
            int lower = Rune.ToLowerInvariant(rune).Value, upper = Rune.ToUpperInvariant(rune).Value;
            _ranges.Add((lower, lower));
            _ranges.Add((upper, upper));
            // Simple case folding also joins these to ASCII letters: the long s and the Kelvin sign.
            if (lower == 's') _ranges.Add((0x17F, 0x17F));
            if (lower == 'k') _ranges.Add((0x212A, 0x212A));
        }
    }

    /// <summary>A literal code point, or null where a class was added.</summary>
    int? EscapedItem()
    {
        int c = Next;
        switch (c)
        {
            case 's': _classes |= UnicodeTable.White; return null;
            case 'S': _classes |= UnicodeTable.All & ~UnicodeTable.White; return null;
            case 'd': _classes |= Mask("Nd"); return null;
            case 'D': _classes |= UnicodeTable.All & ~Mask("Nd"); return null;
            case 'w': _classes |= Word; return null;
            case 'W': _classes |= UnicodeTable.All & ~Word; return null;
            case 'p': _classes |= Property(); return null;
            case 'P': _classes |= UnicodeTable.All & ~Property(); return null;
            case 'r': return '\r';
            case 'n': return '\n';
            case 't': return '\t';
            case 'f': return '\f';
            case 'v': return '\v';
            case 'x': return Hexadecimal(2);
            case 'u': return Hexadecimal(4);
            default:
                if (c < 128 && char.IsAsciiLetterOrDigit((char)c)) throw error($"the escape \\{(char)c} is not supported");
                return c;
        }
    }

    static uint Word => Mask("L") | Mask("M") | Mask("Nd") | Mask("Nl") | Mask("Pc");

    static uint Mask(string name) => UnicodeTable.Mask(name)!.Value;

    uint Property()
    {
        int c = Next;
        if (c != '{') return UnicodeTable.Mask(((char)c).ToString()) ?? throw error($"the property {(char)c} is not supported");
        string name = Braced();
        bool not = name.StartsWith('^');
        uint mask = UnicodeTable.Mask(not ? name[1..] : name) ?? throw error($"the property {name} is not supported");
        return not ? UnicodeTable.All & ~mask : mask;
    }

    string Braced()
    {
        var name = new StringBuilder();
        for (int c = Next; c != '}'; c = Next) name.Append(name.Length < 40 ? new Rune(c).ToString() : throw error("a name is too long"));
        return name.ToString();
    }

    int Hexadecimal(int digits)
    {
        string text;
        if (_at < pattern.Length && pattern[_at] == '{')
        {
            _at++;
            text = Braced();
        }
        else
        {
            var code = new StringBuilder();
            for (int i = 0; i < digits; i++) code.Append(new Rune(Next).ToString());
            text = code.ToString();
        }
        return int.TryParse(text, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out int value) && value is >= 0 and <= 0x10FFFF
            ? value
            : throw error($"{text} is not a code point");
    }
}
