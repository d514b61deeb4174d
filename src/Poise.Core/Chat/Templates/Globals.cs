using System.Numerics;

namespace Poise.Core.Chat.Templates;

/// <summary>The names that every template can use, one row each; values of the context come before them.</summary>
static class Globals
{
    static readonly Dictionary<string, Value> s_table = new(StringComparer.Ordinal)
    {
        ["range"] = new FunctionValue("range", static (_, arguments) => Range(arguments), "type"),
        ["dict"] = new FunctionValue("dict", static (run, arguments) => Dict(run, arguments), "type")
        {
            Members = new Dictionary<string, Value> { ["fromkeys"] = new FunctionValue("fromkeys", static (run, arguments) => FromKeys(run, arguments)) },
        },
        ["namespace"] = new FunctionValue("namespace", static (run, arguments) => Namespace(run, arguments), "type"),
        ["cycler"] = new FunctionValue("cycler", static (_, arguments) => new Cycler(arguments.Positional), "type"),
        ["joiner"] = new FunctionValue("joiner", static (_, arguments) => new Joiner(arguments.Bind("joiner", Arguments.Parameters("sep?"))[0] ?? Value.Of(", ")), "type"),
        ["lipsum"] = new FunctionValue("lipsum", static (_, _) => throw new TemplateException("'lipsum' is not available: a prompt must come out the same every time")),
        ["raise_exception"] = new FunctionValue("raise_exception", static (run, arguments) => throw Raised(run, arguments)),
        ["strftime_now"] = new FunctionValue("strftime_now", static (run, arguments) =>
            Value.Of(ClockFormat.Apply(run, TextMethods.Text(arguments.Bind("strftime_now", Arguments.Parameters("format"))[0])))),
        ["self"] = new TemplateReference(),
    };

    public static void AddTo(Scope scope)
    {
        foreach ((string name, Value value) in s_table) scope.Set(name, value);
    }

    static TemplateException Raised(Run run, Arguments arguments) =>
        new(PythonText.Of(run, arguments.Bind("raise_exception", Arguments.Parameters("message"))[0]!)) { IsRaisedByTemplate = true };

    static RangeValue Range(Arguments arguments)
    {
        IReadOnlyList<Value> a = arguments.Positional;
        if (arguments.Named.Count > 0) throw new TemplateException("range() takes no keyword arguments");
        if (a.Count is 0 or > 3) throw new TemplateException($"range expected 1 to 3 arguments, got {a.Count}");
        BigInteger Whole(Value value) => value is UndefinedValue undefined ? throw undefined.Error
            : Numbers.Whole(value) ?? throw new TemplateException($"'{value.TypeName}' object cannot be interpreted as an integer");
        BigInteger start = a.Count == 1 ? 0 : Whole(a[0]), stop = Whole(a[a.Count == 1 ? 0 : 1]), step = a.Count == 3 ? Whole(a[2]) : 1;
        if (step.IsZero) throw new TemplateException("range() arg 3 must not be zero");
        BigInteger span = step.Sign > 0 ? stop - start : start - stop, size = BigInteger.Abs(step);
        BigInteger count = span.Sign <= 0 ? 0 : (span + size - 1) / size;
        if (count > TemplateLimits.Range) throw new TemplateException($"Range too big. The sandbox blocks ranges larger than MAX_RANGE ({TemplateLimits.Range}).");
        if (BigInteger.Abs(start) > int.MaxValue || BigInteger.Abs(stop) > int.MaxValue || size > int.MaxValue) throw new TemplateException("the numbers of a range are too large");
        return new RangeValue((long)start, (long)stop, (long)step, (int)count);
    }

    static DictValue Dict(Run run, Arguments arguments)
    {
        var dict = new DictValue();
        if (arguments.Positional.Count > 1) throw new TemplateException($"dict expected at most 1 argument, got {arguments.Positional.Count}");
        if (arguments.Positional.Count == 1) Fill(run, dict, arguments.Positional[0]);
        foreach ((string name, Value value) in arguments.Named) dict.Set(name, value);
        return dict;
    }

    static void Fill(Run run, DictValue dict, Value from)
    {
        if (from is UndefinedValue undefined) throw undefined.Error;
        if (from is DictValue other)
        {
            run.Charge(other.Count);
            foreach ((Value key, Value value) in other.Entries) dict.Set(run, key, value);
            return;
        }
        foreach (Value item in Iteration.Items(from))
        {
            run.Charge(1);
            IReadOnlyList<Value> pair = Iteration.IsIterable(item) ? Iteration.List(run, item) : throw new TemplateException("cannot convert dictionary update sequence element to a sequence");
            if (pair.Count != 2) throw new TemplateException($"dictionary update sequence element has length {pair.Count}; 2 is required");
            dict.Set(run, pair[0], pair[1]);
        }
    }

    static Value FromKeys(Run run, Arguments arguments)
    {
        Value?[] a = arguments.Bind("fromkeys", Arguments.Parameters("iterable value?"));
        return Methods.FromKeys(run, a[0]!, a[1] ?? Value.None);
    }

    static NamespaceValue Namespace(Run run, Arguments arguments)
    {
        var space = new NamespaceValue();
        foreach ((Value key, Value value) in Dict(run, arguments).Entries)
            space.Set(key is TextValue name ? name.Text : throw new TemplateException("the names in a namespace must be strings"), value);
        return space;
    }
}

/// <summary><c>self</c>: of use only with several templates.</summary>
sealed class TemplateReference : Value, ITemplateObject
{
    public override string TypeName => "TemplateReference";

    public string Text(Run run) => "<TemplateReference None>";
}

/// <summary>Goes round some values, one with each <c>next()</c>.</summary>
sealed class Cycler : Value, IMembers
{
    readonly IReadOnlyList<Value> _items;
    int _at;

    public Cycler(IReadOnlyList<Value> items) => _items = items.Count > 0 ? items : throw new TemplateException("at least one item has to be provided");

    public override string TypeName => "Cycler";

    public Value? Find(string name) => name switch
    {
        "current" => _items[_at],
        "items" => new TupleValue(_items),
        "pos" => Of(_at),
        "next" => new FunctionValue(name, (_, _) =>
        {
            Value current = _items[_at];
            _at = (_at + 1) % _items.Count;
            return current;
        }),
        "reset" => new FunctionValue(name, (_, _) =>
        {
            _at = 0;
            return None;
        }),
        _ => null,
    };
}

/// <summary>Nothing at the first call, the separator at all others.</summary>
sealed class Joiner(Value separator) : Value, ICallable
{
    bool _used;

    public override string TypeName => "Joiner";

    public Value Call(Run run, Arguments arguments)
    {
        if (_used) return separator;
        _used = true;
        return TextValue.Empty;
    }
}
