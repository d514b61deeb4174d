namespace Poise.Core.Chat.Templates;

/// <summary>Every filter, one row each; what takes more than a line is in the file of its kind.</summary>
static class Filters
{
    /// <summary>Characters of a line, for <c>center</c> and <c>wordwrap</c>.</summary>
    const int LineWidth = 80;

    public static Dictionary<string, Method> Table { get; } = Methods.Table(
        Row("abs", "", static (_, v, _) => NumberFilters.Absolute(v)),
        Row("attr", "name", static (run, v, a) => Members.OnlyAttribute(v, PythonText.Of(run, a[0]!))),
        Row("batch", "linecount fill_with?", static (run, v, a) => SequenceFilters.Batch(run, v, Numbers.Index(a[0]!), a[1])),
        Row("capitalize", "", static (run, v, _) => Soft(run, v, PythonCharacters.Capitalize)),
        Row("center", "width?", static (run, v, a) => TextMethod(run, v, "center", a[0] ?? Value.Of(LineWidth))),
        Row("count", "", static (_, v, _) => Value.Of(Iteration.Length(v))),
        Row("d", "default_value? boolean?", static (_, v, a) => Default(v, a)),
        Row("default", "default_value? boolean?", static (_, v, a) => Default(v, a)),
        Row("dictsort", "case_sensitive? by? reverse?", static (run, v, a) => SequenceFilters.DictSort(run, v, a)),
        Row("e", "", static (run, v, _) => new TextValue(Markup.Escape(run, v), true)),
        Row("escape", "", static (run, v, _) => new TextValue(Markup.Escape(run, v), true)),
        Row("filesizeformat", "binary?", static (_, v, a) => Value.Of(NumberFilters.FileSize(v, a[0]?.IsTrue == true))),
        Row("first", "", static (_, v, _) => Iteration.Items(v).FirstOrDefault() ?? new UndefinedValue("No first item, sequence was empty.")),
        Row("float", "default?", static (_, v, a) => NumberFilters.ToFloat(v, a[0])),
        Row("forceescape", "", static (run, v, _) => new TextValue(Markup.Escape(run, PythonText.Of(run, v)), true)),
        Raw("format", static (run, v, arguments) => TextFilters.Format(run, v, arguments)),
        Row("groupby", "attribute default? case_sensitive?", static (run, v, a) => SequenceFilters.GroupBy(run, v, a)),
        Row("indent", "width? first? blank?", static (run, v, a) => TextFilters.Indent(run, v, a)),
        Row("int", "default? base?", static (_, v, a) => NumberFilters.ToInt(v, a)),
        Row("items", "", static (run, v, _) => v switch
        {
            DictValue dict => Iterator(run, Methods.Items(dict).Items),
            UndefinedValue => Iterator(run, []),
            _ => throw new TemplateException("Can only get item pairs from a mapping."),
        }),
        Row("join", "d? attribute?", static (run, v, a) => SequenceFilters.Join(run, v, a)),
        Row("last", "", static (run, v, _) => SequenceFilters.Last(run, v) ?? new UndefinedValue("No last item, sequence was empty.")),
        Row("length", "", static (_, v, _) => Value.Of(Iteration.Length(v))),
        Row("list", "", static (run, v, _) => new ListValue(run.ToList(Iteration.Items(v)))),
        Row("lower", "", static (run, v, _) => Soft(run, v, PythonCharacters.Lower)),
        Raw("map", static (run, v, arguments) => Selection.Map(run, v, arguments)),
        Row("max", "case_sensitive? attribute?", static (run, v, a) => SequenceFilters.Extreme(run, v, a, largest: true)),
        Row("min", "case_sensitive? attribute?", static (run, v, a) => SequenceFilters.Extreme(run, v, a, largest: false)),
        Row("pprint", "", static (run, v, _) => Value.Of(new PrettyPrint(run).Write(v))),
        Row("random", "", static (_, _, _) => throw new TemplateException("'random' is not available: a prompt must come out the same every time")),
        Raw("reject", static (run, v, arguments) => Selection.Select(run, v, arguments, wanted: false, byAttribute: false)),
        Raw("rejectattr", static (run, v, arguments) => Selection.Select(run, v, arguments, wanted: false, byAttribute: true)),
        Row("replace", "old new count?", static (run, v, a) => TextFilters.Replace(run, v, a)),
        Row("reverse", "", static (run, v, _) => v is TextValue text ? text.Slice(Math.Max(0, text.Count - 1), -1, text.Count) : Iterator(run, SequenceFilters.Reversed(run, v))),
        Row("round", "precision? method?", static (run, v, a) => NumberFilters.Round(run, v, a)),
        Row("safe", "", static (run, v, _) => new TextValue(PythonText.Of(run, v), run.KeepMarkup)),
        Raw("select", static (run, v, arguments) => Selection.Select(run, v, arguments, wanted: true, byAttribute: false)),
        Raw("selectattr", static (run, v, arguments) => Selection.Select(run, v, arguments, wanted: true, byAttribute: true)),
        Row("slice", "slices fill_with?", static (run, v, a) => SequenceFilters.Slice(run, v, Numbers.Index(a[0]!), a[1])),
        Row("sort", "reverse? case_sensitive? attribute?", static (run, v, a) => SequenceFilters.Sort(run, v, a)),
        Row("string", "", static (run, v, _) => v is TextValue ? v : Value.Of(PythonText.Of(run, v))),
        Row("striptags", "", static (run, v, _) => Value.Of(TextFilters.StripTags(run, PythonText.Of(run, v)))),
        Row("sum", "attribute? start?", static (run, v, a) => SequenceFilters.Sum(run, v, a)),
        Row("title", "", static (run, v, _) => Soft(run, v, TextFilters.Title)),
        Row("tojson", "ensure_ascii? indent? separators? sort_keys?", static (run, v, a) => TextFilters.ToJson(run, v, a)),
        Row("trim", "chars?", static (run, v, a) => TextMethod(run, v, "strip", a[0] ?? Value.None)),
        Row("truncate", "length? killwords? end? leeway?", static (run, v, a) => TextFilters.Truncate(run, v, a)),
        Row("unique", "case_sensitive? attribute?", static (run, v, a) => SequenceFilters.Unique(run, v, a)),
        Row("upper", "", static (run, v, _) => Soft(run, v, PythonCharacters.Upper)),
        Row("urlencode", "", static (run, v, _) => Value.Of(TextFilters.UrlEncode(run, v))),
        Row("wordcount", "", static (run, v, _) => Value.Of(TextFilters.Words(run, PythonText.Of(run, v)))),
        Row("wordwrap", "width? break_long_words? wrapstring? break_on_hyphens?", static (run, v, a) => Value.Of(WordWrap.Apply(run, TextFilters.OnlyText(v).Text, a))),
        Row("xmlattr", "autospace?", static (run, v, a) => TextFilters.XmlAttributes(run, v, a[0]?.IsTrue != false)));

    /// <summary>Calls a filter by its name, as <c>map</c> does.</summary>
    public static Value Call(Run run, string name, Value value, Arguments arguments) =>
        Table.GetValueOrDefault(name) is { } filter ? filter.Call(run, value, arguments) : throw new TemplateException($"No filter named {PythonText.Quote(PythonText.Shorten(name))}.");

    public static IteratorValue Iterator(Run run, IEnumerable<Value> items) => new(run, items);

    static Method Row(string name, string parameters, Func<Run, Value, Value?[], Value> body) => new(name, parameters, body);

    static Method Raw(string name, Func<Run, Value, Arguments, Value> body) => new(name, "", null, body);

    static TextValue Soft(Run run, Value value, Func<string, string> change)
    {
        string text = PythonText.Of(run, value);
        run.ChargeText(text.Length * 3L);
        return new TextValue(change(text), value is TextValue { IsMarkup: true });
    }

    static Value TextMethod(Run run, Value value, string method, Value argument)
    {
        Value text = value is TextValue ? value : Value.Of(PythonText.Of(run, value));
        return TextMethods.Table[method].Call(run, text, new Arguments([argument], []));
    }

    static Value Default(Value value, Value?[] a) =>
        value is UndefinedValue || (a[1]?.IsTrue == true && !value.IsTrue) ? a[0] ?? TextValue.Empty : value;
}
