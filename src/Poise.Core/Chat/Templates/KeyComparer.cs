namespace Poise.Core.Chat.Templates;

/// <summary>Equality of mapping keys: 1, 1.0 and true are the same key. What it costs is paid for by the run.</summary>
sealed class KeyComparer(Run run) : IEqualityComparer<Value>
{
    public bool Equals(Value? x, Value? y) => ReferenceEquals(x, y) || Comparison.AreEqual(run, x!, y!);

    public int GetHashCode(Value value) => Hash(run, value, 0);

    public static int Hash(Run run, Value value, int depth)
    {
        Run.CheckDepth(depth);
        run.Charge(4);
        switch (value)
        {
            case TextValue text:
                run.ChargeReading(text);
                return text.Text.GetHashCode(StringComparison.Ordinal);
            case BoolValue:
                return HashCode.Combine(value.IsTrue ? 1L : 0L);
            case IntValue integer:
                return long.MinValue <= integer.Number && integer.Number <= long.MaxValue ? HashCode.Combine((long)integer.Number) : HashCode.Combine((double)integer.Number);
            case FloatValue real:
                return double.IsInteger(real.Number) && Math.Abs(real.Number) < 9e18 ? HashCode.Combine((long)real.Number) : HashCode.Combine(real.Number);
            case TupleValue tuple:
                var hash = new HashCode();
                foreach (Value item in tuple.Items) hash.Add(Hash(run, item, depth + 1));
                return hash.ToHashCode();
            case ListValue or DictValue or DictView:
                throw new TemplateException($"unhashable type: '{value.TypeName}'");
            case BytesValue bytes:
                run.Charge(bytes.Count >> 4);
                return HashCode.Combine(Convert.ToHexString(bytes.Bytes));
            case UndefinedValue or NoneValue:
                return value.TypeName.Length;
            default:
                return System.Runtime.CompilerServices.RuntimeHelpers.GetHashCode(value);
        }
    }
}
