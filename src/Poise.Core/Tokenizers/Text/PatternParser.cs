using System.Globalization;
using System.Text;

namespace Poise.Core.Tokenizers.Text;

/// <summary>
/// Reads the part of the regular expression language that split patterns use: alternatives, groups, `(?i:...)`, classes, \p{..}, quantifiers (greedy and possessive),
/// lookahead. What is outside of it is refused by name with <see cref="FormatException"/>: unbounded repeats of groups (their time would not be linear), lookbehind, scripts.
/// </summary>
sealed class PatternParser
{
    const int MaximumDepth = 32;
    const int MaximumCount = 1000;

    readonly int[] _pattern;
    readonly string _text;
    int _at;
    int _nodes;

    PatternParser(string pattern)
    {
        _text = pattern;
        _pattern = [.. pattern.EnumerateRunes().Select(r => r.Value)];
    }

    /// <summary>The entry of each top-level alternative.</summary>
    public static PatternNode?[] Parse(string pattern)
    {
        var parser = new PatternParser(pattern);
        List<Build> alternatives = parser.Alternatives(false, 0);
        if (parser._at < parser._pattern.Length) throw parser.Error("unbalanced )");
        return [.. alternatives.Select(a => a(null))];
    }

    /// <summary>Makes the node of a part given what follows it.</summary>
    delegate PatternNode? Build(PatternNode? next);

    bool More => _at < _pattern.Length;

    int Peek => _at < _pattern.Length ? _pattern[_at] : -1;

    FormatException Error(string problem) => new($"split pattern {_text}: {problem} at {_at}");

    List<Build> Alternatives(bool ignoreCase, int depth)
    {
        if (depth > MaximumDepth) throw Error("groups are nested too deep");
        var alternatives = new List<Build>();
        while (true)
        {
            var parts = new List<Build>();
            while (More && Peek != '|' && Peek != ')') parts.Add(Quantified(ignoreCase, depth));
            alternatives.Add(next =>
            {
                for (int i = parts.Count - 1; i >= 0; i--) next = parts[i](next);
                return next;
            });
            if (Peek != '|') return alternatives;
            _at++;
        }
    }

    Build Quantified(bool ignoreCase, int depth)
    {
        (CodePointSet? set, Build build) = Atom(ignoreCase, depth);
        if (!Quantifier(out int minimum, out int maximum, out bool possessive)) return build;
        if (set is not null)
            return next => Count(new PatternNode { Kind = PatternKind.Repeat, Set = set, Minimum = minimum, Maximum = maximum, Possessive = possessive, Next = next });
        if (maximum > 16) throw Error("a group that repeats without a small bound is not supported");
        if (possessive) throw Error("a possessive group is not supported");
        return next =>
        {
            PatternNode? node = next;
            for (int i = maximum; i > 0; i--)
            {
                PatternNode? once = build(node);
                node = i > minimum ? Count(new PatternNode { Kind = PatternKind.Choice, Choices = [once, next] }) : once;
            }
            return node;
        };
    }

    bool Quantifier(out int minimum, out int maximum, out bool possessive)
    {
        (minimum, maximum, possessive) = (1, 1, false);
        switch (Peek)
        {
            case '?': (minimum, maximum) = (0, 1); _at++; break;
            case '*': (minimum, maximum) = (0, int.MaxValue); _at++; break;
            case '+': (minimum, maximum) = (1, int.MaxValue); _at++; break;
            case '{':
                _at++;
                minimum = Number();
                maximum = minimum;
                if (Peek == ',')
                {
                    _at++;
                    maximum = Peek == '}' ? int.MaxValue : Number();
                }
                Expect('}');
                if (maximum < minimum) throw Error("the bounds of a repeat are reversed");
                break;
            default: return false;
        }
        if (Peek == '+')
        {
            possessive = true;
            _at++;
        }
        else if (Peek is '?' or '*' or '{') throw Error("lazy and repeated quantifiers are not supported");
        return true;
    }

    int Number()
    {
        int start = _at, value = 0;
        for (; Peek is >= '0' and <= '9'; _at++)
        {
            value = value * 10 + Peek - '0';
            if (value > MaximumCount) throw Error("a repeat bound is too large");
        }
        return _at > start ? value : throw Error("a number is expected");
    }

    void Expect(char c)
    {
        if (Peek != c) throw Error($"'{c}' is expected");
        _at++;
    }

    (CodePointSet?, Build) Atom(bool ignoreCase, int depth)
    {
        int c = _pattern[_at++];
        switch (c)
        {
            case '(': return (null, Group(ignoreCase, depth));
            case '[': return One(new PatternClassParser(_pattern, _at, Error).Parse(ignoreCase, out _at));
            case '.': return One(new CodePointSet(0, [('\n', '\n')], negated: true));
            case '^': return (null, next => Count(new PatternNode { Kind = PatternKind.Start, Next = next }));
            case '$': return (null, next => Count(new PatternNode { Kind = PatternKind.End, Next = next }));
            case '\\':
                var escape = new PatternClassParser(_pattern, _at, Error);
                return One(escape.Escape(ignoreCase, out _at));
            case '*' or '+' or '?' or '{': throw Error("nothing to repeat");
            default: return One(PatternClassParser.Literal(c, ignoreCase));
        }
    }

    Build Group(bool ignoreCase, int depth)
    {
        PatternKind? look = null;
        if (Peek == '?')
        {
            _at++;
            if (Take("i:")) ignoreCase = true;
            else if (Take("!")) look = PatternKind.NegativeLook;
            else if (Take("=")) look = PatternKind.Look;
            else if (!Take(":")) throw Error("this kind of group is not supported");
        }
        List<Build> alternatives = Alternatives(ignoreCase, depth + 1);
        Expect(')');
        if (look is { } kind)
            return next => Count(new PatternNode { Kind = kind, Inner = Choice(alternatives, null), Next = next });
        return alternatives.Count == 1 ? alternatives[0] : next => Choice(alternatives, next);
    }

    PatternNode Choice(List<Build> alternatives, PatternNode? next) =>
        Count(new PatternNode { Kind = PatternKind.Choice, Choices = [.. alternatives.Select(a => a(next))] });

    bool Take(string text)
    {
        if (_at + text.Length > _pattern.Length) return false;
        for (int i = 0; i < text.Length; i++)
            if (_pattern[_at + i] != text[i]) return false;
        _at += text.Length;
        return true;
    }

    (CodePointSet?, Build) One(CodePointSet set) => (set, next => Count(new PatternNode { Kind = PatternKind.One, Set = set, Next = next }));

    // A bounded group is written out once a repeat; nested ones multiply.
    PatternNode Count(PatternNode node) => ++_nodes <= 100_000 ? node : throw Error("the pattern is too large");
}
