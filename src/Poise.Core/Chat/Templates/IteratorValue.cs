namespace Poise.Core.Chat.Templates;

/// <summary>What <c>map</c>, <c>select</c> and the like give: it can be walked once.</summary>
sealed class IteratorValue(Run run, IEnumerable<Value> items) : Value
{
    IEnumerator<Value>? _items;

    public override string TypeName => "generator";

    public IEnumerable<Value> Rest()
    {
        _items ??= items.GetEnumerator();
        while (Move(_items)) yield return _items.Current;
    }

    /// <summary>Iterators over iterators are calls inside of calls: each counts as one level.</summary>
    bool Move(IEnumerator<Value> enumerator)
    {
        int line = run.Enter(run.Line);
        bool any = enumerator.MoveNext();
        run.Leave(line);
        return any;
    }
}
