using System.Net;
using System.Text;

namespace Poise.Core.Chat.Templates;

/// <summary>Filters on texts.</summary>
static class TextFilters
{
    const int TruncateLength = 255, TruncateLeeway = 5;

    public static Value Format(Run run, Value value, Arguments arguments)
    {
        if (arguments.Positional.Count > 0 && arguments.Named.Count > 0) throw new TemplateException("can't handle positional and keyword arguments at the same time");
        Value passed = new TupleValue(arguments.Positional);
        if (arguments.Named.Count > 0)
        {
            var named = new DictValue();
            foreach ((string name, Value argument) in arguments.Named) named.Set(name, argument);
            passed = named;
        }
        return Operators.Modulo(run, Text(run, value), passed);
    }

    public static Value Indent(Run run, Value value, Value?[] a)
    {
        TextValue text = OnlyText(value);
        string indent = a[0] is TextValue given ? given.Text : ((TextValue)Operators.Multiply(run, Value.Of(" "), a[0] ?? Value.Of(4))).Text;
        bool first = a[1]?.IsTrue == true, blank = a[2]?.IsTrue == true;
        var indented = new TextBuffer(run);
        string source = text.Text + "\n";
        int number = 0;
        foreach ((int start, int end, _) in TextSearch.Lines(source))
        {
            if (number > 0) indented.Append('\n');
            if (number == 0 ? first : blank || end > start) indented.Append(indent);
            indented.Append(source[start..end]);
            number++;
        }
        return new TextValue(indented.ToString(), text.IsMarkup);
    }

    public static Value Replace(Run run, Value value, Value?[] a)
    {
        int count = a[2] is null or NoneValue ? -1 : Numbers.Index(a[2]!);
        bool markup = run.IsEscaping && (value is TextValue { IsMarkup: true } || a[0] is TextValue { IsMarkup: true });
        string Part(Value part) => markup ? Markup.Escape(run, part) : PythonText.Of(run, part);
        return TextSearch.Replace(run, new TextValue(Part(value), markup), Part(a[0]!), Part(a[1]!), count);
    }

    public static string StripTags(Run run, string text)
    {
        run.ChargeText(text.Length);
        string plain = Without(Without(text, "<!--", "-->"), "<", ">");
        var words = new StringBuilder(plain.Length);
        foreach (Value word in ((ListValue)TextSearch.Split(run, new TextValue(plain), null, -1)).Items) words.Append(words.Length > 0 ? " " : "").Append(((TextValue)word).Text);
        return WebUtility.HtmlDecode(words.ToString());
    }

    /// <summary>A letter after white space, a hyphen or an opening bracket becomes big.</summary>
    public static string Title(string text)
    {
        var title = new StringBuilder(text.Length);
        for (int at = 0; at < text.Length;)
        {
            int end = at;
            bool separates = Separates(text[at]);
            while (end < text.Length && Separates(text[end]) == separates) end++;
            string part = text[at..end];
            int head = CodePoints.LengthAt(part, 0);
            title.Append(separates ? part : PythonCharacters.Upper(part[..head]) + PythonCharacters.Lower(part[head..]));
            at = end;
        }
        return title.ToString();
    }

    public static Value ToJson(Run run, Value value, Value?[] a)
    {
        string? indent = a[1] switch
        {
            null or NoneValue => null,
            TextValue text => text.Text,
            var width => new string(' ', Math.Clamp(Numbers.Index(width), 0, TemplateLimits.FormatWidth)),
        };
        string comma = indent is null ? ", " : ",", colon = ": ";
        if (a[2] is not (null or NoneValue))
        {
            IReadOnlyList<Value> separators = Iteration.List(run, a[2]!);
            if (separators.Count != 2) throw new TemplateException("separators must be two texts");
            (comma, colon) = (TextMethods.Text(separators[0]), TextMethods.Text(separators[1]));
        }
        var dump = new JsonDump(run) { AsciiOnly = a[0]?.IsTrue == true, Indent = indent, Comma = comma, Colon = colon, SortKeys = a[3]?.IsTrue == true };
        return Value.Of(dump.Write(value));
    }

    public static Value Truncate(Run run, Value value, Value?[] a)
    {
        int length = a[0] is null ? TruncateLength : Numbers.Index(a[0]!), leeway = a[3] is null or NoneValue ? TruncateLeeway : Numbers.Index(a[3]!);
        string ending = a[2] is null ? "..." : PythonText.Of(run, a[2]!);
        int room = length - CodePoints.Count(ending);
        if (room < 0) throw new TemplateException($"expected length >= {CodePoints.Count(ending)}, got {length}");
        if (leeway < 0) throw new TemplateException($"expected leeway >= 0, got {leeway}");
        if (Iteration.Length(value) <= (long)length + leeway) return value;
        TextValue text = OnlyText(value);
        string kept = text.Text[..text.OffsetAt(room)];
        if (a[1]?.IsTrue != true && kept.LastIndexOf(' ') is >= 0 and var space) kept = kept[..space];
        return new TextValue(kept + ending, text.IsMarkup);
    }

    public static string UrlEncode(Run run, Value value)
    {
        if (value is TextValue || !Iteration.IsIterable(value)) return Quote(run, PythonText.Of(run, value), isQuery: false);
        IEnumerable<Value> pairs = value is DictValue dict ? Methods.Items(dict).Items : Iteration.Items(value);
        return string.Join('&', run.ToList(pairs).Select(pair =>
        {
            IReadOnlyList<Value> two = Iteration.List(run, pair);
            if (two.Count != 2) throw new TemplateException($"not enough values to unpack (expected 2, got {two.Count})");
            return Quote(run, PythonText.Of(run, two[0]), isQuery: true) + "=" + Quote(run, PythonText.Of(run, two[1]), isQuery: true);
        }));
    }

    public static int Words(Run run, string text)
    {
        run.ChargeText(text.Length);
        int words = 0;
        bool inside = false;
        foreach (int point in CodePoints.Of(text))
        {
            bool word = PythonCharacters.IsWord(point);
            if (word && !inside) words++;
            inside = word;
        }
        return words;
    }

    public static Value XmlAttributes(Run run, Value value, bool space)
    {
        if (value is not DictValue dict) throw new TemplateException($"'{value.TypeName}' object has no attribute 'items'");
        var text = new TextBuffer(run);
        foreach ((Value key, Value attribute) in dict.Entries)
        {
            if (attribute is NoneValue or UndefinedValue) continue;
            string name = PythonText.Of(run, key);
            if (name.Any(c => PythonCharacters.IsSpace(c) || c is '/' or '>' or '=')) throw new TemplateException($"Invalid character in attribute name: {PythonText.Quote(PythonText.Shorten(name))}");
            if (text.Length > 0 || space) text.Append(' ');
            text.Append(Markup.Escape(run, key)).Append("=\"").Append(Markup.Escape(run, attribute)).Append('"');
        }
        return new TextValue(text.ToString(), run.IsEscaping);
    }

    /// <summary>For filters that do not turn other values into text.</summary>
    public static TextValue OnlyText(Value value) => value switch
    {
        TextValue text => text,
        UndefinedValue undefined => throw undefined.Error,
        _ => throw new TemplateException($"'{value.TypeName}' object is not a string"),
    };

    static TextValue Text(Run run, Value value) => value as TextValue ?? new TextValue(PythonText.Of(run, value));

    static bool Separates(char c) => c is '-' or '(' or '{' or '[' or '<' || PythonCharacters.IsSpace(c);

    static string Without(string text, string open, string close)
    {
        var kept = new StringBuilder(text.Length);
        int at = 0;
        for (int start; (start = text.IndexOf(open, at, StringComparison.Ordinal)) >= 0;)
        {
            int end = text.IndexOf(close, start, StringComparison.Ordinal);
            if (end < 0) break;
            kept.Append(text, at, start - at);
            at = end + close.Length;
        }
        return kept.Append(text, at, text.Length - at).ToString();
    }

    static string Quote(Run run, string text, bool isQuery)
    {
        run.ChargeText(text.Length * 9L);
        var quoted = new StringBuilder(text.Length);
        foreach (byte b in Encoding.UTF8.GetBytes(text))
        {
            char c = (char)b;
            if (char.IsAsciiLetterOrDigit(c) || c is '_' or '.' or '-' or '~' || (c == '/' && !isQuery)) quoted.Append(c);
            else if (c == ' ' && isQuery) quoted.Append('+');
            else quoted.Append('%').Append(b.ToString("X2", System.Globalization.CultureInfo.InvariantCulture));
        }
        return quoted.ToString();
    }
}
