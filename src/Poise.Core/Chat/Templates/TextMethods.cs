using System.Text;

namespace Poise.Core.Chat.Templates;

/// <summary>The methods of strings, one row a method.</summary>
static class TextMethods
{
    public static Dictionary<string, Method> Table { get; } = Methods.Table(
        Change("upper", PythonCharacters.Upper),
        Change("lower", PythonCharacters.Lower),
        Change("title", PythonCharacters.Title),
        Change("capitalize", PythonCharacters.Capitalize),
        Change("swapcase", PythonCharacters.SwapCase),
        Change("casefold", PythonCharacters.CaseFold),
        Is("isalpha", PythonCharacters.IsLetter),
        Is("isdigit", PythonCharacters.IsDigit),
        Is("isdecimal", PythonCharacters.IsDecimal),
        Is("isnumeric", PythonCharacters.IsNumeric),
        Is("isalnum", static c => PythonCharacters.IsLetter(c) || PythonCharacters.IsDecimal(c) || PythonCharacters.IsNumeric(c)),
        Is("isspace", PythonCharacters.IsSpace),
        Is("isprintable", PythonCharacters.IsPrintable, emptyIs: true),
        Is("isascii", static c => c < 128, emptyIs: true),
        Row("isupper", "", static (run, s, _) => Value.Of(HasCase(Paid(run, s), PythonCharacters.IsUpper))),
        Row("islower", "", static (run, s, _) => Value.Of(HasCase(Paid(run, s), PythonCharacters.IsLower))),
        Row("istitle", "", static (run, s, _) => Value.Of(IsTitle(Paid(run, s).Text))),
        Row("isidentifier", "", static (run, s, _) => Value.Of(IsIdentifier(Paid(run, s).Text))),
        Row("strip", "chars?", static (run, s, a) => Same(s, TextSearch.Strip(Paid(run, s).Text, Characters(a[0]), true, true))),
        Row("lstrip", "chars?", static (run, s, a) => Same(s, TextSearch.Strip(Paid(run, s).Text, Characters(a[0]), true, false))),
        Row("rstrip", "chars?", static (run, s, a) => Same(s, TextSearch.Strip(Paid(run, s).Text, Characters(a[0]), false, true))),
        Row("split", "sep? maxsplit?", static (run, s, a) => TextSearch.Split(run, s, Optional(a[0]), Count(a[1]))),
        Row("rsplit", "sep? maxsplit?", static (run, s, a) => TextSearch.SplitFromEnd(run, s, Optional(a[0]), Count(a[1]))),
        Row("splitlines", "keepends?", static (run, s, a) => TextSearch.SplitLines(run, s, a[0]?.IsTrue == true)),
        Row("partition", "sep", static (_, s, a) => TextSearch.Partition(s, Text(a[0]), fromEnd: false)),
        Row("rpartition", "sep", static (_, s, a) => TextSearch.Partition(s, Text(a[0]), fromEnd: true)),
        Row("startswith", "prefix start? end?", static (run, s, a) => Value.Of(TextSearch.HasEnd(run, s, a, atStart: true))),
        Row("endswith", "suffix start? end?", static (run, s, a) => Value.Of(TextSearch.HasEnd(run, s, a, atStart: false))),
        Row("find", "sub start? end?", static (run, s, a) => Value.Of(TextSearch.Find(run, s, a, last: false))),
        Row("rfind", "sub start? end?", static (run, s, a) => Value.Of(TextSearch.Find(run, s, a, last: true))),
        Row("index", "sub start? end?", static (run, s, a) => Value.Of(Found(TextSearch.Find(run, s, a, last: false)))),
        Row("rindex", "sub start? end?", static (run, s, a) => Value.Of(Found(TextSearch.Find(run, s, a, last: true)))),
        Row("count", "sub start? end?", static (run, s, a) => Value.Of(TextSearch.Count(run, s, a))),
        Row("replace", "old new count?", static (run, s, a) => TextSearch.Replace(run, s, Text(a[0]), Escaped(run, s, a[1]!), Count(a[2]))),
        Row("removeprefix", "prefix", static (_, s, a) => Same(s, s.Text.StartsWith(Text(a[0]), StringComparison.Ordinal) ? s.Text[Text(a[0]).Length..] : s.Text)),
        Row("removesuffix", "suffix", static (_, s, a) => Same(s, s.Text.EndsWith(Text(a[0]), StringComparison.Ordinal) ? s.Text[..^Text(a[0]).Length] : s.Text)),
        Row("join", "iterable", static (run, s, a) => Join(run, s, a[0]!)),
        Row("center", "width fillchar?", static (run, s, a) => Same(s, Pad(run, s, a, static missing => missing.Missing / 2 + (missing.Missing & missing.Width & 1)))),
        Row("ljust", "width fillchar?", static (run, s, a) => Same(s, Pad(run, s, a, static _ => 0))),
        Row("rjust", "width fillchar?", static (run, s, a) => Same(s, Pad(run, s, a, static missing => missing.Missing))),
        Row("zfill", "width", static (run, s, a) => Same(s, ZeroFill(run, s, Numbers.Index(a[0]!)))),
        Row("expandtabs", "tabsize?", static (run, s, a) => Same(s, ExpandTabs(run, s.Text, a[0] is { } size ? Numbers.Index(size) : 8))),
        Row("encode", "encoding? errors?", static (_, s, a) => Encode(s, a[0])),
        Row("translate", "table", static (run, s, a) => Same(s, Translate(run, s.Text, a[0]!))),
        new Method("format", "", null, static (run, self, arguments) => Format(run, (TextValue)self, arguments)),
        Row("format_map", "mapping", static (run, s, a) => Same(s, BraceFormat.Apply(run, s, [], a[0] as DictValue ?? throw new TemplateException("format_map() needs a mapping")))));

    public static string Text(Value? value) => value switch
    {
        TextValue text => text.Text,
        UndefinedValue undefined => throw undefined.Error,
        _ => throw new TemplateException($"a string is needed, not {value?.TypeName}"),
    };

    static Method Row(string name, string parameters, Func<Run, TextValue, Value?[], Value> body) => new(name, parameters, (run, self, a) => body(run, (TextValue)self, a));

    static Method Change(string name, Func<string, string> change) => Row(name, "", (run, s, _) =>
    {
        run.ChargeText(s.Text.Length * 3L);
        return Same(s, change(s.Text));
    });

    static Method Is(string name, Func<int, bool> test, bool emptyIs = false) => Row(name, "", (run, s, _) =>
    {
        run.ChargeText(s.Text.Length);
        return Value.Of(s.Text.Length == 0 ? emptyIs : CodePoints.Of(s.Text).All(test));
    });

    /// <summary>For what looks at each character.</summary>
    static TextValue Paid(Run run, TextValue text)
    {
        run.ChargeText(text.Text.Length);
        return text;
    }

    static TextValue Same(TextValue self, string text) => new(text, self.IsMarkup);

    static string? Optional(Value? value) => value is null or NoneValue ? null : Text(value);

    static string? Characters(Value? value) => Optional(value);

    static string Escaped(Run run, TextValue self, Value value) => self.IsMarkup ? Markup.Escape(run, value) : Text(value);

    static int Count(Value? value) => value is null ? -1 : Numbers.Index(value);

    static int Found(int index) => index >= 0 ? index : throw new TemplateException("substring not found");

    static bool HasCase(TextValue text, Func<int, bool> test)
    {
        int[] cased = [.. CodePoints.Of(text.Text).Where(PythonCharacters.IsCased)];
        return cased.Length > 0 && cased.All(test);
    }

    static bool IsTitle(string text)
    {
        bool afterCased = false, any = false;
        foreach (int point in CodePoints.Of(text))
        {
            bool upper = PythonCharacters.IsUpper(point) || PythonCharacters.IsTitle(point), lower = PythonCharacters.IsLower(point);
            if ((upper && afterCased) || (lower && !afterCased)) return false;
            afterCased = upper || lower;
            any |= afterCased;
        }
        return any;
    }

    static bool IsIdentifier(string text)
    {
        int[] points = CodePoints.Of(text);
        return points.Length > 0 && PythonCharacters.IsNameStart(points[0]) && points.All(PythonCharacters.IsNamePart);
    }

    static TextValue Join(Run run, TextValue separator, Value items)
    {
        var text = new TextBuffer(run);
        int index = 0;
        foreach (Value item in Iteration.Items(items))
        {
            if (item is not TextValue part) throw new TemplateException($"sequence item {index}: expected str instance, {item.TypeName} found");
            if (index++ > 0) text.Append(separator.Text);
            text.Append(separator.IsMarkup ? Markup.Escape(run, part) : part.Text);
        }
        return Same(separator, text.ToString());
    }

    static string Pad(Run run, TextValue self, Value?[] a, Func<(int Missing, int Width), int> before)
    {
        int width = Numbers.Index(a[0]!), missing = Math.Max(0, width - self.Count);
        string fill = a[1] is { } given ? Text(given) : " ";
        if (CodePoints.Count(fill) != 1) throw new TemplateException("The fill character must be exactly one character long");
        run.ChargeText((long)self.Text.Length + missing * (long)fill.Length);
        if (missing == 0) return self.Text;
        int left = before((missing, width));
        return string.Concat(Enumerable.Repeat(fill, left)) + self.Text + string.Concat(Enumerable.Repeat(fill, missing - left));
    }

    static string ZeroFill(Run run, TextValue self, int width)
    {
        int missing = Math.Max(0, width - self.Count), sign = self.Text.StartsWith('-') || self.Text.StartsWith('+') ? 1 : 0;
        run.ChargeText((long)self.Text.Length + missing);
        return self.Text[..sign] + new string('0', missing) + self.Text[sign..];
    }

    static string ExpandTabs(Run run, string text, int size)
    {
        var expanded = new TextBuffer(run);
        long column = 0;
        foreach (int point in CodePoints.Of(text))
        {
            if (point == '\t')
            {
                int spaces = size > 0 ? (int)(size - column % size) : 0;
                run.ChargeText(spaces);
                expanded.Append(' ', spaces);
                column += spaces;
                continue;
            }
            expanded.AppendPoint(point);
            column = point is '\n' or '\r' ? 0 : column + 1;
        }
        return expanded.ToString();
    }

    static BytesValue Encode(TextValue self, Value? encoding)
    {
        string name = encoding is null ? "utf-8" : Text(encoding).ToLowerInvariant().Replace('_', '-');
        if (name is not ("utf-8" or "utf8")) throw new TemplateException($"unknown encoding: {PythonText.Shorten(name)} (only UTF-8 is known)");
        return new BytesValue(Encoding.UTF8.GetBytes(self.Text));
    }

    static string Translate(Run run, string text, Value table)
    {
        var translated = new TextBuffer(run);
        foreach (int point in CodePoints.Of(text))
        {
            switch (Members.Item(run, table, Value.Of(point)))
            {
                case UndefinedValue: translated.AppendPoint(point); break;
                case NoneValue: break;
                case TextValue to: translated.Append(to.Text); break;
                case var other: translated.AppendPoint(Math.Clamp(Numbers.Index(other), 0, 0x10FFFF)); break;
            }
        }
        return translated.ToString();
    }

    static TextValue Format(Run run, TextValue self, Arguments arguments)
    {
        var named = new DictValue();
        foreach ((string name, Value value) in arguments.Named) named.Set(name, value);
        return Same(self, BraceFormat.Apply(run, self, arguments.Positional, named));
    }
}
