using System.Globalization;

namespace Poise.Core.Chat.Templates;

/// <summary>Values as JSON in the spelling of Python's <c>json.dumps</c>: models were trained on exactly that.</summary>
sealed class JsonDump(Run run)
{
    readonly TextBuffer _text = new(run);

    /// <summary>What one level is indented by; null for one line.</summary>
    public string? Indent { get; init; }

    public string Comma { get; init; } = ", ";

    public string Colon { get; init; } = ": ";

    public bool AsciiOnly { get; init; }

    public bool SortKeys { get; init; }

    public string Write(Value value)
    {
        Write(value, 0);
        return _text.ToString();
    }

    void Write(Value value, int depth)
    {
        Run.CheckDepth(depth);
        switch (value)
        {
            case NoneValue or BoolValue or IntValue or FloatValue:
                _text.Append(Plain(value));
                break;
            case TextValue text:
                WriteText(text.Text);
                break;
            case SequenceValue sequence:
                WriteItems(sequence.Items, depth);
                break;
            case IteratorValue iterator:
                // Python refuses these, which is of no use to anyone: what they give is a list.
                WriteItems(run.ToList(iterator.Rest()), depth);
                break;
            case DictValue dict:
                WriteEntries(dict, depth);
                break;
            default:
                throw new TemplateException($"Object of type {value.TypeName} is not JSON serializable");
        }
    }

    static string Plain(Value value) => value switch
    {
        NoneValue => "null",
        BoolValue => value.IsTrue ? "true" : "false",
        FloatValue real => PythonFloat.Special(real.Number) switch { null => PythonFloat.Repr(real.Number), "nan" => "NaN", "inf" => "Infinity", _ => "-Infinity" },
        _ => PythonText.Digits(((IntValue)value).Number),
    };

    void WriteItems(IReadOnlyList<Value> items, int depth)
    {
        if (items.Count == 0)
        {
            _text.Append("[]");
            return;
        }
        _text.Append('[');
        for (int i = 0; i < items.Count; i++)
        {
            Separate(i > 0, depth + 1);
            Write(items[i], depth + 1);
        }
        NewLine(depth);
        _text.Append(']');
    }

    void WriteEntries(DictValue dict, int depth)
    {
        if (dict.Count == 0)
        {
            _text.Append("{}");
            return;
        }
        _text.Append('{');
        IReadOnlyList<KeyValuePair<Value, Value>> entries = dict.Entries;
        if (SortKeys) entries = Sorting.Sort(run, entries, static entry => entry.Key, reverse: false);
        bool first = true;
        foreach ((Value key, Value value) in entries)
        {
            Separate(!first, depth + 1);
            first = false;
            WriteText(key switch
            {
                TextValue text => text.Text,
                NoneValue or BoolValue or IntValue or FloatValue => Plain(key),
                _ => throw new TemplateException($"keys must be str, int, float, bool or None, not {key.TypeName}"),
            });
            _text.Append(Colon);
            Write(value, depth + 1);
        }
        NewLine(depth);
        _text.Append('}');
    }

    void Separate(bool comma, int depth)
    {
        if (comma) _text.Append(Comma);
        NewLine(depth);
    }

    void NewLine(int depth)
    {
        if (Indent is null) return;
        _text.Append('\n');
        for (int i = 0; i < depth; i++) _text.Append(Indent);
    }

    void WriteText(string text)
    {
        _text.Append('"');
        int written = 0;
        for (int i = 0; i < text.Length; i++)
        {
            char c = text[i];
            if (c is not ('"' or '\\') && c >= ' ' && (!AsciiOnly || c < 0x80)) continue;
            _text.Append(text[written..i]).Append(c switch
            {
                '"' => "\\\"",
                '\\' => "\\\\",
                '\n' => "\\n",
                '\r' => "\\r",
                '\t' => "\\t",
                '\b' => "\\b",
                '\f' => "\\f",
                _ => "\\u" + ((int)c).ToString("x4", CultureInfo.InvariantCulture),
            });
            written = i + 1;
        }
        _text.Append(text[written..]).Append('"');
    }
}
