using System.Numerics;

namespace Poise.Core.Chat.Templates;

/// <summary><c>a.b</c> and <c>a['b']</c> in Jinja's sandbox: attributes are a few safe methods, nothing that changes a value, nothing with an underscore.</summary>
static class Members
{
    /// <summary><c>a.b</c>: the attribute, else the item.</summary>
    public static Value Attribute(Run run, Value of, string name)
    {
        if (of is UndefinedValue undefined) throw undefined.Error;
        if (FindAttribute(of, name) is { } attribute) return attribute;
        if (of is DictValue dict && dict.TryGet(name, out Value? item)) return item;
        return UndefinedValue.Member(of, Value.Of(name));
    }

    /// <summary><c>a[b]</c>: the item, else the attribute.</summary>
    public static Value Item(Run run, Value of, Value key)
    {
        if (of is UndefinedValue undefined) throw undefined.Error;
        if (FindItem(run, of, key) is { } item) return item;
        if (key is TextValue text && FindAttribute(of, text.Text) is { } attribute) return attribute;
        return UndefinedValue.Member(of, key);
    }

    /// <summary>The filter <c>attr</c>: never an item.</summary>
    public static Value OnlyAttribute(Value of, string name) =>
        of is UndefinedValue undefined ? throw undefined.Error : FindAttribute(of, name) ?? UndefinedValue.Member(of, Value.Of(name));

    /// <summary><c>a[start:stop:step]</c>.</summary>
    public static Value Slice(Run run, Value of, Value start, Value stop, Value step)
    {
        if (of is UndefinedValue undefined) throw undefined.Error;
        if (of is not (TextValue or SequenceValue or RangeValue)) throw new TemplateException(of is DictValue ? "unhashable type: 'slice'" : $"'{of.TypeName}' object is not subscriptable");
        int length = ((ISized)of).Count;
        int stride = step is NoneValue ? 1 : Bound(step);
        if (stride == 0) throw new TemplateException("slice step cannot be zero");
        int first = Clamp(start, stride > 0 ? 0 : length - 1, length, stride), last = Clamp(stop, stride > 0 ? length : -1, length, stride);
        long span = stride > 0 ? (long)last - first : (long)first - last;
        long size = Math.Abs((long)stride);
        int count = span <= 0 ? 0 : (int)((span + size - 1) / size);
        if (of is TextValue text)
        {
            run.ChargeText(count);
            return text.Slice(first, stride, count);
        }
        if (of is RangeValue range) return new RangeValue(range.At(first), range.At(last), range.Step * stride, count);
        run.Charge(count);
        var sequence = (SequenceValue)of;
        var items = new Value[count];
        for (int i = 0; i < count; i++) items[i] = sequence.Items[first + i * stride];
        return sequence.With(items);
    }

    static int Clamp(Value bound, int standard, int length, int stride)
    {
        if (bound is NoneValue) return standard;
        long index = Bound(bound);
        if (index < 0) index += length;
        return (int)(stride > 0 ? Math.Clamp(index, 0, length) : Math.Clamp(index, -1, length - 1));
    }

    static int Bound(Value value) => value is IntValue or BoolValue ? Numbers.Index(value)
        : throw new TemplateException("slice indices must be integers or None or have an __index__ method");

    static Value? FindItem(Run run, Value of, Value key)
    {
        if (of is DictValue dict) return key is ListValue or DictValue or DictView ? null : dict.TryGet(run, key, out Value? found) ? found : null;
        if (key is not (IntValue or BoolValue) || of is not (TextValue or SequenceValue or RangeValue or BytesValue)) return null;
        BigInteger index = Numbers.Whole(key)!.Value;
        int count = ((ISized)of).Count;
        if (index < 0) index += count;
        if (index < 0 || index >= count) return null;
        int at = (int)index;
        return of switch
        {
            TextValue text => new TextValue(text.At(at), text.IsMarkup),
            SequenceValue sequence => sequence.Items[at],
            RangeValue range => Value.Of(new BigInteger(range.At(at))),
            _ => Value.Of((int)((BytesValue)of).Bytes[at]),
        };
    }

    static Value? FindAttribute(Value of, string name)
    {
        // Such names exist on every object of Python and lead out of the sandbox.
        if (name.StartsWith("__", StringComparison.Ordinal) && name.EndsWith("__", StringComparison.Ordinal)) return UndefinedValue.Unsafe(of, name);
        if (name.StartsWith('_')) return null;
        switch (of)
        {
            case NamespaceValue space:
                return space.Attributes.TryGet(name, out Value? value) ? value : null;
            case IMembers own:
                return own.Find(name);
            case TupleValue { Names.Count: > 0 } tuple when tuple.Names.ToList().IndexOf(name) is >= 0 and var at:
                return tuple.Items[at];
            case FunctionValue function:
                return function.Members.GetValueOrDefault(name);
            case RangeValue range when name is "start" or "stop" or "step":
                return Value.Of(new BigInteger(name == "start" ? range.Start : name == "step" ? range.Step : range.Stop));
            case IntValue or BoolValue when name is "real" or "numerator" or "imag" or "denominator":
                return name is "real" or "numerator" ? Value.Of(Numbers.Whole(of)!.Value) : Value.Of(name == "imag" ? 0 : 1);
            case FloatValue when name is "real" or "imag":
                return name == "real" ? of : Value.Of(0.0);
        }
        if (Methods.IsUnsafe(of, name)) return UndefinedValue.Unsafe(of, name);
        return Methods.Find(of, name) is { } method ? new BoundMethod(of, method) : null;
    }
}

/// <summary>A value with attributes of its own.</summary>
interface IMembers
{
    Value? Find(string name);
}
