namespace Poise.Core.Chat.Templates;

/// <summary>A method of a built-in type.</summary>
sealed class Method(string name, string parameters, Func<Run, Value, Value?[], Value>? body, Func<Run, Value, Arguments, Value>? raw = null)
{
    readonly IReadOnlyList<Parameter> _parameters = Arguments.Parameters(parameters);

    public string Name => name;

    public Value Call(Run run, Value self, Arguments arguments)
    {
        // Whatever it does, it may read all of its texts. What does more for each character pays for that itself.
        run.ChargeReading(self);
        foreach (Value argument in arguments.Positional) run.ChargeReading(argument);
        return raw is not null ? raw(run, self, arguments) : body!(run, self, arguments.Bind(name, _parameters));
    }
}

/// <summary>A method with the value that it belongs to.</summary>
sealed class BoundMethod(Value self, Method method) : Value, ICallable, ITemplateObject
{
    public override string TypeName => "builtin_function_or_method";

    public Value Call(Run run, Arguments arguments) => method.Call(run, self, arguments);

    public string Text(Run run) => $"<built-in method {method.Name} of {self.TypeName} object>";
}

/// <summary>The methods of each type, one row a method; those of strings are in <see cref="TextMethods"/>.</summary>
static class Methods
{
    static readonly Dictionary<string, Method> s_list = Table(
        new Method("index", "value start? stop?", static (run, self, a) => Value.Of(Index(run, (SequenceValue)self, a))),
        new Method("count", "value", static (run, self, a) => Value.Of(((SequenceValue)self).Items.Count(item => ReferenceEquals(item, a[0]) || Comparison.AreEqual(run, item, a[0]!)))),
        new Method("copy", "", static (_, self, _) => self));

    static readonly Dictionary<string, Method> s_dict = Table(
        new Method("get", "key default?", static (run, self, a) => ((DictValue)self).TryGet(run, a[0]!, out Value? value) ? value : a[1] ?? Value.None),
        new Method("keys", "", static (_, self, _) => new DictView("dict_keys", (DictValue)self, static entry => entry.Key)),
        new Method("values", "", static (_, self, _) => new DictView("dict_values", (DictValue)self, static entry => entry.Value)),
        new Method("items", "", static (_, self, _) => Items((DictValue)self)),
        new Method("copy", "", static (_, self, _) => self),
        new Method("fromkeys", "iterable value?", static (run, _, a) => FromKeys(run, a[0]!, a[1] ?? Value.None)));

    static readonly Dictionary<string, Method> s_float = Table(
        new Method("is_integer", "", static (_, self, _) => Value.Of(self is not FloatValue real || double.IsInteger(real.Number))),
        new Method("conjugate", "", static (_, self, _) => self));

    static readonly Dictionary<string, Method> s_int = Table(
        new Method("is_integer", "", static (_, _, _) => Value.True),
        new Method("conjugate", "", static (_, self, _) => self),
        new Method("bit_length", "", static (_, self, _) => Value.Of((int)System.Numerics.BigInteger.Abs(Numbers.Whole(self)!.Value).GetBitLength())));

    static readonly Dictionary<string, Method> s_bytes = Table(
        new Method("decode", "encoding? errors?", static (_, self, _) => Value.Of(System.Text.Encoding.UTF8.GetString(((BytesValue)self).Bytes))),
        new Method("hex", "", static (_, self, _) => Value.Of(Convert.ToHexStringLower(((BytesValue)self).Bytes))));

    static readonly Dictionary<string, Method> s_none = [];

    static readonly HashSet<string> s_unsafeOfList = ["append", "clear", "pop", "reverse", "insert", "sort", "extend", "remove"];
    static readonly HashSet<string> s_unsafeOfDict = ["clear", "pop", "popitem", "setdefault", "update"];

    public static Method? Find(Value of, string name) => TableOf(of).GetValueOrDefault(name);

    /// <summary>Whether the method would change the value: the sandbox keeps those away.</summary>
    public static bool IsUnsafe(Value of, string name) => of is ListValue ? s_unsafeOfList.Contains(name) : of is DictValue && s_unsafeOfDict.Contains(name);

    public static DictView Items(DictValue dict) => new("dict_items", dict, static entry => new TupleValue([entry.Key, entry.Value]));

    public static Value FromKeys(Run run, Value keys, Value value)
    {
        var dict = new DictValue();
        foreach (Value key in Iteration.Items(keys))
        {
            run.Charge(1);
            dict.Set(run, key, value);
        }
        return dict;
    }

    public static Dictionary<string, Method> Table(params Method[] methods) => methods.ToDictionary(method => method.Name, StringComparer.Ordinal);

    static Dictionary<string, Method> TableOf(Value value) => value switch
    {
        TextValue => TextMethods.Table,
        SequenceValue => s_list,
        DictValue => s_dict,
        FloatValue => s_float,
        IntValue or BoolValue => s_int,
        BytesValue => s_bytes,
        _ => s_none,
    };

    static int Index(Run run, SequenceValue list, Value?[] a)
    {
        int count = list.Count, from = a[1] is { } start ? Numbers.Index(start) : 0, to = a[2] is { } stop ? Numbers.Index(stop) : count;
        if (from < 0) from = Math.Max(0, from + count);
        if (to < 0) to += count;
        for (int i = from; i < Math.Min(to, count); i++)
            if (Comparison.AreEqual(run, list.Items[i], a[0]!)) return i;
        throw new TemplateException($"{PythonText.Describe(run, a[0]!)} is not in {list.TypeName}");
    }
}
