namespace Poise.Core.Chat.Templates;

/// <summary>Every test that <c>is</c> knows, one row each.</summary>
static class Tests
{
    public static Dictionary<string, Method> Table { get; } = Methods.Table(
        Row("boolean", static v => v is BoolValue),
        Row("callable", static v => v is ICallable or UndefinedValue),
        Row("defined", static v => v is not UndefinedValue),
        Row("escaped", static v => v is TextValue { IsMarkup: true }),
        Row("even", "", static (run, v, _) => IsZero(Operators.Modulo(run, v, Value.Of(2)))),
        Row("false", static v => v is BoolValue { IsTrue: false }),
        Row("filter", static v => v is TextValue text && Filters.Table.ContainsKey(text.Text)),
        Row("float", static v => v is FloatValue),
        Row("integer", static v => v is IntValue),
        Row("iterable", Iteration.IsIterable),
        Row("lower", "", static (run, v, _) => Is(run, v, "islower")),
        Row("mapping", static v => v is DictValue),
        Row("none", static v => v is NoneValue),
        Row("number", Numbers.IsNumber),
        Row("odd", "", static (run, v, _) => Comparison.AreEqual(run, Operators.Modulo(run, v, Value.Of(2)), Value.Of(1))),
        Row("sequence", static v => v is TextValue or SequenceValue or DictValue or RangeValue or BytesValue or UndefinedValue),
        Row("string", static v => v is TextValue),
        Row("test", static v => v is TextValue text && Table!.ContainsKey(text.Text)),
        Row("true", static v => v is BoolValue { IsTrue: true }),
        Row("undefined", static v => v is UndefinedValue),
        Row("upper", "", static (run, v, _) => Is(run, v, "isupper")),
        Row("divisibleby", "num", static (run, v, a) => IsZero(Operators.Modulo(run, v, a[0]!))),
        Row("sameas", "other", static (_, v, a) => IsSame(v, a[0]!)),
        Row("in", "seq", static (run, v, a) => Comparison.IsIn(run, v, a[0]!)),
        Compare("==", "=="), Compare("eq", "=="), Compare("equalto", "=="),
        Compare("!=", "!="), Compare("ne", "!="),
        Compare("<", "<"), Compare("lt", "<"), Compare("lessthan", "<"),
        Compare("<=", "<="), Compare("le", "<="),
        Compare(">", ">"), Compare("gt", ">"), Compare("greaterthan", ">"),
        Compare(">=", ">="), Compare("ge", ">="));

    /// <summary>Calls a test by its name, as <c>select</c> does.</summary>
    public static Value Call(Run run, string name, Value value, Arguments arguments) =>
        Table.GetValueOrDefault(name) is { } test ? test.Call(run, value, arguments) : throw new TemplateException($"No test named {PythonText.Quote(PythonText.Shorten(name))}.");

    static Method Row(string name, Func<Value, bool> test) => new(name, "", (_, value, _) => Value.Of(test(value)));

    static Method Row(string name, string parameters, Func<Run, Value, Value?[], bool> test) => new(name, parameters, (run, value, a) => Value.Of(test(run, value, a)));

    static Method Compare(string name, string operation) => Row(name, "other", (run, v, a) => ComparisonChain.Holds(run, operation, v, a[0]!));

    static bool IsZero(Value value) => Numbers.IsNumber(value) && !value.IsTrue;

    static bool Is(Run run, Value value, string method) => TextMethods.Table[method].Call(run, Value.Of(PythonText.Of(run, value)), Arguments.None).IsTrue;

    /// <summary>Python's <c>is</c>: of numbers it keeps only the small ones once.</summary>
    static bool IsSame(Value a, Value b) => ReferenceEquals(a, b) || (a is IntValue x && b is IntValue y && x.Number == y.Number && x.Number >= -5 && x.Number <= 256);
}
