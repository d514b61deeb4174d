using System.Numerics;

namespace Poise.Core.Chat.Templates;

/// <summary><c>==</c>, <c>&lt;</c> and <c>in</c>, as Python has them.</summary>
static class Comparison
{
    public static bool AreEqual(Run run, Value a, Value b) => AreEqual(run, a, b, 0);

    /// <summary>Below zero, zero, above zero; null where a NaN is part of it.</summary>
    public static int? Order(Run run, Value a, Value b, string operation) => Order(run, a, b, operation, 0);

    public static bool IsIn(Run run, Value item, Value container)
    {
        switch (container)
        {
            case TextValue text:
                if (item is not TextValue part) throw new TemplateException($"'in <string>' requires string as left operand, not {item.TypeName}");
                run.ChargeText(text.Text.Length);
                return text.Text.Contains(part.Text, StringComparison.Ordinal);
            case DictValue dict:
                return dict.TryGet(run, item, out _);
            case NoneValue or IntValue or FloatValue or BoolValue:
                throw new TemplateException($"argument of type '{container.TypeName}' is not iterable");
        }
        foreach (Value candidate in Iteration.Items(container))
        {
            run.Charge(1);
            if (ReferenceEquals(candidate, item) || AreEqual(run, candidate, item)) return true;
        }
        return false;
    }

    static bool AreEqual(Run run, Value a, Value b, int depth)
    {
        Run.CheckDepth(depth);
        run.Charge(2);
        if (Numbers.IsNumber(a) && Numbers.IsNumber(b)) return Numbers.Compare(a, b) == 0;
        switch (a, b)
        {
            case (TextValue x, TextValue y):
                run.Charge(Math.Min(x.Text.Length, y.Text.Length) >> 6);
                return x.Text == y.Text;
            case (ListValue x, ListValue y):
                return AreEqual(run, x.Items, y.Items, depth);
            case (TupleValue x, TupleValue y):
                return AreEqual(run, x.Items, y.Items, depth);
            case (DictValue x, DictValue y):
                return AreEqual(run, x, y, depth);
            case (BytesValue x, BytesValue y):
                return x.Bytes.AsSpan().SequenceEqual(y.Bytes);
            case (RangeValue x, RangeValue y):
                return x.Count == y.Count && (x.Count == 0 || (x.Start == y.Start && (x.Count == 1 || x.Step == y.Step)));
            case (NoneValue, NoneValue) or (UndefinedValue, UndefinedValue):
                return true;
            default:
                return ReferenceEquals(a, b);
        }
    }

    static bool AreEqual(Run run, IReadOnlyList<Value> a, IReadOnlyList<Value> b, int depth)
    {
        if (a.Count != b.Count) return false;
        for (int i = 0; i < a.Count; i++)
            if (!ReferenceEquals(a[i], b[i]) && !AreEqual(run, a[i], b[i], depth + 1)) return false;
        return true;
    }

    static bool AreEqual(Run run, DictValue a, DictValue b, int depth)
    {
        if (a.Count != b.Count) return false;
        foreach ((Value key, Value value) in a.Entries)
            if (!b.TryGet(run, key, out Value? other) || (!ReferenceEquals(value, other) && !AreEqual(run, value, other, depth + 1))) return false;
        return true;
    }

    static int? Order(Run run, Value a, Value b, string operation, int depth)
    {
        Run.CheckDepth(depth);
        run.Charge(1);
        if (a is UndefinedValue x) throw x.Error;
        if (b is UndefinedValue y) throw y.Error;
        if (Numbers.IsNumber(a) && Numbers.IsNumber(b)) return Numbers.Compare(a, b);
        if (a is TextValue s && b is TextValue t)
        {
            run.Charge(Math.Min(s.Text.Length, t.Text.Length) >> 6);
            return OrderTexts(s.Text, t.Text);
        }
        if ((a is ListValue && b is ListValue) || (a is TupleValue && b is TupleValue))
        {
            IReadOnlyList<Value> p = ((SequenceValue)a).Items, q = ((SequenceValue)b).Items;
            for (int i = 0; i < Math.Min(p.Count, q.Count); i++)
                if (!AreEqual(run, p[i], q[i], depth + 1)) return Order(run, p[i], q[i], operation, depth + 1);
            return p.Count.CompareTo(q.Count);
        }
        throw new TemplateException($"'{operation}' not supported between instances of '{a.TypeName}' and '{b.TypeName}'");
    }

    /// <summary>By code points: UTF-16 units would put astral characters before U+E000.</summary>
    static int OrderTexts(string a, string b)
    {
        int same = a.AsSpan().CommonPrefixLength(b);
        if (same == a.Length || same == b.Length) return a.Length.CompareTo(b.Length);
        char x = a[same], y = b[same];
        bool isAstralX = char.IsSurrogate(x), isAstralY = char.IsSurrogate(y);
        return isAstralX == isAstralY ? x.CompareTo(y) : isAstralX ? 1 : -1;
    }
}
