using System.Diagnostics.CodeAnalysis;

namespace Poise.Core.Chat.Templates;

/// <summary>A mapping in order of insertion. It changes only while it is built.</summary>
sealed class DictValue : Value, ISized
{
    readonly List<KeyValuePair<Value, Value>> _entries = [];
    readonly Dictionary<string, int> _texts = new(StringComparer.Ordinal);
    Dictionary<Value, int>? _others;

    public IReadOnlyList<KeyValuePair<Value, Value>> Entries => _entries;

    public int Count => _entries.Count;

    public override string TypeName => "dict";

    public override bool IsTrue => _entries.Count > 0;

    public void Set(string key, Value value)
    {
        if (_texts.TryGetValue(key, out int at)) _entries[at] = new(_entries[at].Key, value);
        else
        {
            _texts.Add(key, _entries.Count);
            _entries.Add(new(new TextValue(key), value));
        }
    }

    public void Set(Run run, Value key, Value value)
    {
        run.ChargeReading(key);
        if (key is TextValue text)
        {
            Set(text.Text, value);
            return;
        }
        _others ??= new Dictionary<Value, int>(new KeyComparer(run));
        if (_others.TryGetValue(key, out int at)) _entries[at] = new(_entries[at].Key, value);
        else
        {
            _others.Add(key, _entries.Count);
            _entries.Add(new(key, value));
        }
    }

    public bool TryGet(string key, [MaybeNullWhen(false)] out Value value)
    {
        bool found = _texts.TryGetValue(key, out int at);
        value = found ? _entries[at].Value : null;
        return found;
    }

    public bool TryGet(Run run, Value key, [MaybeNullWhen(false)] out Value value)
    {
        run.ChargeReading(key);
        if (key is TextValue text) return TryGet(text.Text, out value);
        // A key that cannot be one is an error even where nothing could be found.
        int at = -1;
        if (_others is null) KeyComparer.Hash(run, key, 0);
        else if (!_others.TryGetValue(key, out at)) at = -1;
        value = at >= 0 ? _entries[at].Value : null;
        return at >= 0;
    }
}

/// <summary>What <c>keys()</c>, <c>values()</c> and <c>items()</c> give.</summary>
sealed class DictView(string typeName, DictValue dict, Func<KeyValuePair<Value, Value>, Value> choose) : Value, ISized
{
    public override string TypeName => typeName;

    public int Count => dict.Count;

    public override bool IsTrue => dict.Count > 0;

    public IEnumerable<Value> Items => dict.Entries.Select(choose);
}
