namespace Poise.Core.Chat.Templates;

/// <summary>Filters that order, cut and fold sequences.</summary>
static class SequenceFilters
{
    public static Value Batch(Run run, Value value, int size, Value? fill)
    {
        IEnumerable<Value> Batches()
        {
            var batch = new List<Value>();
            foreach (Value item in Iteration.Items(value))
            {
                run.Charge(1);
                if (batch.Count == size)
                {
                    yield return new ListValue(batch);
                    batch = [];
                }
                batch.Add(item);
            }
            if (batch.Count == 0) yield break;
            if (fill is not (null or NoneValue) && batch.Count < size)
            {
                run.Charge(size);
                while (batch.Count < size) batch.Add(fill);
            }
            yield return new ListValue(batch);
        }
        return Filters.Iterator(run, Batches());
    }

    public static Value Slice(Run run, Value value, int slices, Value? fill)
    {
        IReadOnlyList<Value> items = run.ToList(Iteration.Items(value));
        if (slices == 0) throw new TemplateException("integer division or modulo by zero");
        IEnumerable<Value> Slices()
        {
            int size = items.Count / slices, longer = items.Count % slices, at = 0;
            for (int i = 0; i < slices; i++)
            {
                int count = size + (i < longer ? 1 : 0);
                run.Charge(count + 8);
                List<Value> slice = [.. items.Skip(at).Take(count)];
                at += count;
                if (fill is not (null or NoneValue) && i >= longer) slice.Add(fill);
                yield return new ListValue(slice);
            }
        }
        return Filters.Iterator(run, Slices());
    }

    public static Value DictSort(Run run, Value value, Value?[] a)
    {
        if (value is not DictValue dict) throw value is UndefinedValue undefined ? undefined.Error : new TemplateException($"'{value.TypeName}' object has no attribute 'items'");
        string by = a[1] is null ? "key" : PythonText.Of(run, a[1]!);
        if (by is not ("key" or "value")) throw new TemplateException("You can only sort by either \"key\" or \"value\"");
        bool exact = a[0]?.IsTrue == true;
        List<KeyValuePair<Value, Value>> sorted = Sorting.Sort(run, dict.Entries, entry => Folded(run, by == "key" ? entry.Key : entry.Value, exact), a[2]?.IsTrue == true);
        return new ListValue([.. sorted.Select(entry => new TupleValue([entry.Key, entry.Value]))]);
    }

    public static Value GroupBy(Run run, Value value, Value?[] a)
    {
        bool exact = a[2]?.IsTrue == true;
        Func<Value, Value> key = Selection.Attribute(run, a[0], a[1]);
        List<Value> sorted = Sorting.Sort(run, Iteration.List(run, value), item => Folded(run, key(item), exact), reverse: false);
        var groups = new List<Value>();
        for (int at = 0; at < sorted.Count;)
        {
            Value first = key(sorted[at]);
            var members = new List<Value>();
            for (; at < sorted.Count && Comparison.AreEqual(run, Folded(run, key(sorted[at]), exact), Folded(run, first, exact)); at++) members.Add(sorted[at]);
            // A key that differs from itself, as NaN does, stands alone.
            if (members.Count == 0) members.Add(sorted[at++]);
            groups.Add(new TupleValue([first, new ListValue(members)]) { Names = ["grouper", "list"] });
        }
        return new ListValue(groups);
    }

    public static Value Sort(Run run, Value value, Value?[] a)
    {
        bool exact = a[1]?.IsTrue == true;
        Func<Value, Value>[] keys = a[2] is TextValue several
            ? [.. several.Text.Split(',').Select(path => Selection.Attribute(run, Value.Of(path), null))]
            : [Selection.Attribute(run, a[2], null)];
        Value Key(Value item) => keys.Length == 1 ? Folded(run, keys[0](item), exact) : new ListValue([.. keys.Select(key => Folded(run, key(item), exact))]);
        return new ListValue(Sorting.Sort(run, Iteration.List(run, value), Key, a[0]?.IsTrue == true));
    }

    public static Value Unique(Run run, Value value, Value?[] a)
    {
        bool exact = a[0]?.IsTrue == true;
        Func<Value, Value> key = Selection.Attribute(run, a[1], null);
        IEnumerable<Value> Distinct()
        {
            var seen = new HashSet<Value>(new KeyComparer(run));
            foreach (Value item in Iteration.Items(value))
                if (seen.Add(Folded(run, key(item), exact))) yield return item;
        }
        return Filters.Iterator(run, Distinct());
    }

    public static Value Extreme(Run run, Value value, Value?[] a, bool largest)
    {
        bool exact = a[0]?.IsTrue == true;
        Func<Value, Value> key = Selection.Attribute(run, a[1], null);
        Value? best = null, bestKey = null;
        foreach (Value item in Iteration.Items(value))
        {
            Value candidate = Folded(run, key(item), exact);
            if (bestKey is not null && (largest ? !(Comparison.Order(run, candidate, bestKey, ">") > 0) : !(Comparison.Order(run, candidate, bestKey, "<") < 0))) continue;
            (best, bestKey) = (item, candidate);
        }
        return best ?? new UndefinedValue("No aggregated item, sequence was empty.");
    }

    public static Value Sum(Run run, Value value, Value?[] a)
    {
        Func<Value, Value> key = Selection.Attribute(run, a[0], null);
        Value sum = a[1] ?? Value.Of(0);
        if (sum is TextValue) throw new TemplateException("sum() can't sum strings [use ''.join(seq) instead]");
        foreach (Value item in Iteration.Items(value))
        {
            run.Charge(1);
            sum = Operators.Add(run, sum, key(item));
        }
        return sum;
    }

    public static Value Join(Run run, Value value, Value?[] a)
    {
        Func<Value, Value> key = Selection.Attribute(run, a[1], null);
        var text = new TextBuffer(run);
        List<Value> items = run.ToList(Iteration.Items(value).Select(key));
        Value separator = a[0] ?? TextValue.Empty;
        bool markup = run.IsEscaping && items.Append(separator).Any(item => item is TextValue { IsMarkup: true });
        string Part(Value item) => markup ? Markup.Escape(run, item) : PythonText.Of(run, item);
        string between = Part(separator);
        for (int i = 0; i < items.Count; i++) text.Append(i > 0 ? between : "").Append(Part(items[i]));
        return new TextValue(text.ToString(), markup);
    }

    public static Value? Last(Run run, Value value) =>
        value is IteratorValue ? throw new TemplateException("'generator' object is not reversible") : Reversed(run, value).FirstOrDefault();

    public static IEnumerable<Value> Reversed(Run run, Value value)
    {
        if (value is IteratorValue or NoneValue || !Iteration.IsIterable(value)) return [.. run.ToList(Iteration.Items(value)).AsEnumerable().Reverse()];
        if (value is RangeValue range) return Enumerable.Range(0, range.Count).Select(i => Value.Of(new System.Numerics.BigInteger(range.At(range.Count - 1 - i))));
        IReadOnlyList<Value> items = Iteration.List(run, value);
        return Enumerable.Range(0, items.Count).Select(i => items[items.Count - 1 - i]);
    }

    /// <summary>For comparisons that do not tell capitals apart.</summary>
    static Value Folded(Run run, Value value, bool exact)
    {
        if (exact || value is not TextValue text) return value;
        run.ChargeText(text.Text.Length);
        return Value.Of(PythonCharacters.Lower(text.Text));
    }
}
