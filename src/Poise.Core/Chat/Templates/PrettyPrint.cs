namespace Poise.Core.Chat.Templates;

/// <summary>The filter <c>pprint</c>: Python's repr with sorted keys, over several lines where one is too narrow. Long strings stay whole.</summary>
sealed class PrettyPrint(Run run)
{
    const int Width = 80;

    readonly TextBuffer _text = new(run);

    public string Write(Value value)
    {
        Write(value, 0, 0, 0);
        return _text.ToString();
    }

    void Write(Value value, int indent, int allowance, int depth)
    {
        Run.CheckDepth(depth);
        string line = PythonText.Repr(run, Sorted(value, depth));
        if (CodePoints.Count(line) <= Width - indent - allowance || value is not (DictValue or SequenceValue) || ((ISized)value).Count == 0)
        {
            _text.Append(line);
            return;
        }
        string close = value is DictValue ? "}" : value is ListValue ? "]" : ((ISized)value).Count == 1 ? ",)" : ")";
        _text.Append(value is DictValue ? '{' : value is ListValue ? '[' : '(');
        bool first = true;
        if (value is DictValue dict)
        {
            IReadOnlyList<KeyValuePair<Value, Value>> entries = ((DictValue)Sorted(dict, depth)).Entries;
            for (int i = 0; i < entries.Count; i++)
            {
                Separate(ref first, indent + 1);
                string key = PythonText.Repr(run, entries[i].Key);
                _text.Append(key).Append(": ");
                Write(entries[i].Value, indent + 1 + CodePoints.Count(key) + 2, i == entries.Count - 1 ? allowance + 1 : 1, depth + 1);
            }
        }
        else
        {
            IReadOnlyList<Value> items = ((SequenceValue)value).Items;
            for (int i = 0; i < items.Count; i++)
            {
                Separate(ref first, indent + 1);
                Write(items[i], indent + 1, i == items.Count - 1 ? allowance + close.Length : 1, depth + 1);
            }
        }
        _text.Append(close);
    }

    void Separate(ref bool first, int indent)
    {
        if (!first) _text.Append(",\n").Append(' ', indent);
        first = false;
    }

    Value Sorted(Value value, int depth)
    {
        Run.CheckDepth(depth);
        run.Charge(1);
        if (value is SequenceValue sequence) return sequence.With([.. sequence.Items.Select(item => Sorted(item, depth + 1))]);
        if (value is not DictValue dict) return value;
        bool texts = dict.Entries.All(entry => entry.Key is TextValue), numbers = dict.Entries.All(entry => Numbers.IsNumber(entry.Key));
        IReadOnlyList<KeyValuePair<Value, Value>> entries = texts || numbers
            ? Sorting.Sort(run, dict.Entries, static entry => entry.Key, reverse: false)
            : Sorting.Sort(run, dict.Entries, entry => Value.Of(entry.Key.TypeName), reverse: false);
        var sorted = new DictValue();
        foreach ((Value key, Value item) in entries) sorted.Set(run, key, Sorted(item, depth + 1));
        return sorted;
    }
}
