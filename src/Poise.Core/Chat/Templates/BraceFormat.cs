namespace Poise.Core.Chat.Templates;

/// <summary><c>str.format</c>: replacement fields in braces.</summary>
static class BraceFormat
{
    public static string Apply(Run run, TextValue format, IReadOnlyList<Value> positional, DictValue named)
    {
        int next = 0;
        return Apply(run, format.Text, positional, named, format.IsMarkup, ref next, 2);
    }

    static string Apply(Run run, string source, IReadOnlyList<Value> positional, DictValue named, bool escape, ref int next, int levels)
    {
        if (levels < 0) throw new TemplateException("Max string recursion exceeded");
        var text = new TextBuffer(run);
        for (int at = 0; at < source.Length; at++)
        {
            char c = source[at];
            bool doubled = at + 1 < source.Length && source[at + 1] == c;
            if (c is not ('{' or '}')) text.Append(c);
            else if (doubled)
            {
                text.Append(c);
                at++;
            }
            else if (c == '}') throw new TemplateException("Single '}' encountered in format string");
            else text.Append(Field(run, ReadField(source, ref at), positional, named, escape, ref next, levels));
        }
        return text.ToString();
    }

    /// <summary>What stands between the brace at <paramref name="at"/> and its partner, where <paramref name="at"/> ends.</summary>
    static string ReadField(string source, ref int at)
    {
        int start = at + 1;
        for (int open = 0; at < source.Length; at++)
        {
            if (source[at] == '{') open++;
            else if (source[at] == '}' && --open == 0) return source[start..at];
        }
        throw new TemplateException(start < source.Length ? "expected '}' before end of string" : "Single '{' encountered in format string");
    }

    static string Field(Run run, string field, IReadOnlyList<Value> positional, DictValue named, bool escape, ref int next, int levels)
    {
        int colon = field.IndexOfAny([':', '!']);
        // A bracket may hold both.
        int bracket = field.IndexOf('[', StringComparison.Ordinal);
        if (bracket >= 0 && bracket < colon) colon = field.IndexOfAny([':', '!'], Math.Max(bracket, field.IndexOf(']', StringComparison.Ordinal)));
        string name = colon < 0 ? field : field[..colon], rest = colon < 0 ? "" : field[colon..];
        char conversion = '\0';
        if (rest.StartsWith('!'))
        {
            if (rest.Length < 2 || (rest.Length > 2 && rest[2] != ':')) throw new TemplateException("expected ':' after conversion specifier");
            conversion = rest[1];
            rest = rest[2..];
        }
        Value value = Find(run, name, positional, named, ref next);
        if (conversion != 0)
            value = Value.Of(conversion switch
            {
                's' => PythonText.Of(run, value),
                'r' => PythonText.Repr(run, value),
                'a' => PythonText.Ascii(PythonText.Repr(run, value)),
                _ => throw new TemplateException($"Unknown conversion specifier {conversion}"),
            });
        string specification = rest.StartsWith(':') ? rest[1..] : "";
        if (specification.Contains('{')) specification = Apply(run, specification, positional, named, false, ref next, levels - 1);
        string text = specification.Length == 0 ? PythonText.Of(run, value) : FormatSpecification.Parse(specification).Apply(run, value);
        return escape && value is not TextValue { IsMarkup: true } ? Markup.Escape(run, text) : text;
    }

    static Value Find(Run run, string name, IReadOnlyList<Value> positional, DictValue named, ref int next)
    {
        int end = name.IndexOfAny(['.', '[']);
        if (end < 0) end = name.Length;
        string first = name[..end];
        Value value;
        int at = 0;
        if (name.Length == 0 || (first.Length > 0 && first.All(char.IsAsciiDigit)))
        {
            // Below zero: the fields are numbered by hand.
            if (first.Length == 0 ? next < 0 : next > 0) throw new TemplateException("cannot mix numbered and unnumbered fields in a format");
            if (first.Length > 0) next = -1;
            int index = first.Length == 0 ? next++ : FormatSpecification.ReadNumber(first, ref at) ?? 0;
            value = index < positional.Count ? positional[index] : throw new TemplateException("Replacement index out of range for positional args tuple");
        }
        else value = named.TryGet(first, out Value? found) ? found : throw new TemplateException($"the format needs the name {PythonText.Quote(PythonText.Shorten(first))}");
        while (end < name.Length)
        {
            if (name[end] == '.')
            {
                int stop = name.IndexOfAny(['.', '['], end + 1);
                if (stop < 0) stop = name.Length;
                value = Members.Attribute(run, value, name[(end + 1)..stop]);
                end = stop;
            }
            else
            {
                int stop = name.IndexOf(']', end);
                if (name[end] != '[' || stop < 0) throw new TemplateException("Missing ']' in format string");
                string key = name[(end + 1)..stop];
                int digits = 0;
                value = Members.Item(run, value, key.Length > 0 && key.All(char.IsAsciiDigit) ? Value.Of(FormatSpecification.ReadNumber(key, ref digits) ?? 0) : Value.Of(key));
                end = stop + 1;
            }
        }
        return value;
    }
}
