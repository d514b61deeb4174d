namespace Poise.Core.Chat.Templates;

/// <summary>The variable <c>loop</c>. It looks one element ahead where it must, and counts an iterator only when asked for its length.</summary>
sealed class LoopValue(IEnumerable<Value> items, int? count, int depth) : Value, IMembers, ICallable, ITemplateObject, IDisposable
{
    IEnumerator<Value> _items = items.GetEnumerator();
    Value? _before;
    Value? _after;
    Value? _changed;
    int? _count = count;
    int _index = -1;

    /// <summary>Prints the loop for other values; null where it is not marked recursive.</summary>
    public Func<Value, string>? Recurse { get; init; }

    public Value Current { get; private set; } = None;

    public override string TypeName => "LoopContext";

    public bool MoveNext()
    {
        Value? next = _after;
        _after = null;
        if (next is null)
        {
            if (!_items.MoveNext()) return false;
            next = _items.Current;
        }
        _before = _index >= 0 ? Current : null;
        Current = next;
        _index++;
        return true;
    }

    public Value? Find(string name) => name switch
    {
        "index" => Of(_index + 1),
        "index0" => Of(_index),
        "revindex" => Of(Length() - _index),
        "revindex0" => Of(Length() - _index - 1),
        "first" => Of(_index == 0),
        "last" => Of(Peek() is null),
        "length" => Of(Length()),
        "depth" => Of(depth + 1),
        "depth0" => Of(depth),
        "previtem" => _before ?? new UndefinedValue("there is no previous item"),
        "nextitem" => Peek() ?? new UndefinedValue("there is no next item"),
        "cycle" => new FunctionValue(name, (_, arguments) => Cycle(arguments), "method"),
        "changed" => new FunctionValue(name, (run, arguments) => Of(HasChanged(run, arguments)), "method"),
        _ => null,
    };

    public Value Call(Run run, Arguments arguments)
    {
        if (arguments.Positional.Count != 1 || arguments.Named.Count > 0) throw new TemplateException("loop() takes the values to loop over");
        if (Recurse is null) throw new TemplateException("The loop must have the 'recursive' marker to be called recursively.");
        return Of(Recurse(arguments.Positional[0]));
    }

    /// <summary>What is left of the loop.</summary>
    public IEnumerable<Value> Items()
    {
        while (MoveNext()) yield return new TupleValue([Current, this]);
    }

    public string Text(Run run) => $"<LoopContext {_index + 1}/{Length()}>";

    public void Dispose() => _items.Dispose();

    Value? Peek() => _after ??= _items.MoveNext() ? _items.Current : null;

    int Length()
    {
        if (_count is { } known) return known;
        var rest = new List<Value>();
        while (_items.MoveNext()) rest.Add(_items.Current);
        _items.Dispose();
        _items = rest.GetEnumerator();
        _count = rest.Count + _index + 1 + (_after is null ? 0 : 1);
        return _count.Value;
    }

    Value Cycle(Arguments arguments) =>
        arguments.Positional.Count > 0 ? arguments.Positional[_index % arguments.Positional.Count] : throw new TemplateException("no items for cycling given");

    bool HasChanged(Run run, Arguments arguments)
    {
        var now = new TupleValue(arguments.Positional);
        bool changed = _changed is null || !Comparison.AreEqual(run, _changed, now);
        if (changed) _changed = now;
        return changed;
    }
}
