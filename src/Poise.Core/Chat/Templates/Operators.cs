using System.Numerics;

namespace Poise.Core.Chat.Templates;

/// <summary>Arithmetic on values, as Python has it, and bounded.</summary>
static class Operators
{
    public static Value Add(Run run, Value a, Value b)
    {
        Defined(a, b);
        if (Numbers.IsNumber(a) && Numbers.IsNumber(b)) return Arithmetic(a, b, static (x, y) => x + y, static (x, y) => x + y);
        switch (a, b)
        {
            case (TextValue x, TextValue y):
                bool markup = x.IsMarkup || y.IsMarkup;
                string left = markup && !x.IsMarkup ? Markup.Escape(run, x.Text) : x.Text, right = markup && !y.IsMarkup ? Markup.Escape(run, y.Text) : y.Text;
                run.ChargeText((long)left.Length + right.Length);
                return new TextValue(left + right, markup);
            case (ListValue x, ListValue y):
                return new ListValue(Join(run, x, y));
            case (TupleValue x, TupleValue y):
                return new TupleValue(Join(run, x, y));
            case (TextValue or ListValue or TupleValue, _):
                throw new TemplateException($"can only concatenate {a.TypeName} (not \"{b.TypeName}\") to {a.TypeName}");
            default:
                throw Unsupported("+", a, b);
        }
    }

    public static Value Subtract(Value a, Value b)
    {
        Defined(a, b);
        return Numbers.IsNumber(a) && Numbers.IsNumber(b) ? Arithmetic(a, b, static (x, y) => x - y, static (x, y) => x - y) : throw Unsupported("-", a, b);
    }

    public static Value Multiply(Run run, Value a, Value b)
    {
        Defined(a, b);
        if (Numbers.IsNumber(a) && Numbers.IsNumber(b))
        {
            if (Numbers.Whole(a) is { } x && Numbers.Whole(b) is { } y && x.GetBitLength() + y.GetBitLength() > TemplateLimits.IntegerBits + 1) return Numbers.Checked(BigInteger.One << (TemplateLimits.IntegerBits + 1));
            return Arithmetic(a, b, static (x, y) => x * y, static (x, y) => x * y);
        }
        if (a is TextValue or SequenceValue && Numbers.Whole(b) is { } times) return Repeat(run, a, times);
        if (b is TextValue or SequenceValue && Numbers.Whole(a) is { } before) return Repeat(run, b, before);
        if (a is TextValue or SequenceValue) throw new TemplateException($"can't multiply sequence by non-int of type '{b.TypeName}'");
        throw Unsupported("*", a, b);
    }

    public static Value Divide(Value a, Value b)
    {
        Defined(a, b);
        if (!Numbers.IsNumber(a) || !Numbers.IsNumber(b)) throw Unsupported("/", a, b);
        if (b is FloatValue || a is FloatValue)
        {
            double divisor = Numbers.Real(b);
            return divisor == 0 ? throw new TemplateException("float division by zero") : new FloatValue(Numbers.Real(a) / divisor);
        }
        BigInteger whole = Numbers.Whole(b)!.Value;
        return whole.IsZero ? throw new TemplateException("division by zero") : new FloatValue(Numbers.Quotient(Numbers.Whole(a)!.Value, whole));
    }

    public static Value FloorDivide(Value a, Value b)
    {
        Defined(a, b);
        if (!Numbers.IsNumber(a) || !Numbers.IsNumber(b)) throw Unsupported("//", a, b);
        if (Numbers.Whole(a) is { } x && Numbers.Whole(b) is { } y)
        {
            if (y.IsZero) throw new TemplateException("integer division or modulo by zero");
            BigInteger quotient = BigInteger.DivRem(x, y, out BigInteger rest);
            return new IntValue(!rest.IsZero && rest.Sign != y.Sign ? quotient - 1 : quotient);
        }
        double p = Numbers.Real(a), q = Numbers.Real(b);
        if (q == 0) throw new TemplateException("float floor division by zero");
        double remainder = Modulo(p, q), exact = (p - remainder) / q, floor = Math.Floor(exact);
        return new FloatValue(exact - floor > 0.5 ? floor + 1 : floor);
    }

    public static Value Modulo(Run run, Value a, Value b)
    {
        if (a is TextValue format)
        {
            string text = PercentFormat.Apply(run, format, b);
            return new TextValue(text, format.IsMarkup);
        }
        Defined(a, b);
        if (!Numbers.IsNumber(a) || !Numbers.IsNumber(b)) throw Unsupported("%", a, b);
        if (Numbers.Whole(a) is { } x && Numbers.Whole(b) is { } y)
        {
            if (y.IsZero) throw new TemplateException("integer modulo by zero");
            BigInteger rest = BigInteger.Remainder(x, y);
            return new IntValue(!rest.IsZero && rest.Sign != y.Sign ? rest + y : rest);
        }
        double q = Numbers.Real(b);
        return q == 0 ? throw new TemplateException("float modulo") : new FloatValue(Modulo(Numbers.Real(a), q));
    }

    public static Value Power(Value a, Value b)
    {
        Defined(a, b);
        if (!Numbers.IsNumber(a) || !Numbers.IsNumber(b)) throw Unsupported("** or pow()", a, b);
        if (Numbers.Whole(a) is { } x && Numbers.Whole(b) is { } y && y.Sign >= 0)
        {
            if (BigInteger.Abs(x) <= 1) return new IntValue(y.IsZero ? 1 : x.Sign < 0 && y.IsEven ? 1 : x);
            // A lower bound of the result's bits; what is close is checked when it is there.
            if ((double)y * (x.GetBitLength() - 1) > TemplateLimits.IntegerBits) throw new TemplateException($"an integer of more than {TemplateLimits.IntegerBits:N0} bits");
            return Numbers.Checked(BigInteger.Pow(x, (int)y));
        }
        double p = Numbers.Real(a), q = Numbers.Real(b);
        if (p == 0 && q < 0) throw new TemplateException("0.0 cannot be raised to a negative power");
        if (p < 0 && double.IsFinite(q) && Math.Floor(q) != q) throw new TemplateException("a root of a negative number is no real number");
        // Python asks the C library as well; no arithmetic of a model depends on it.
#pragma warning disable RS0030
        double power = Math.Pow(p, q);
#pragma warning restore RS0030
        return double.IsInfinity(power) && double.IsFinite(p) && double.IsFinite(q) ? throw new TemplateException("Numerical result out of range") : new FloatValue(power);
    }

    public static Value Negate(Value value)
    {
        if (value is UndefinedValue undefined) throw undefined.Error;
        if (value is FloatValue real) return new FloatValue(-real.Number);
        return Numbers.Whole(value) is { } whole ? new IntValue(-whole) : throw new TemplateException($"bad operand type for unary -: '{value.TypeName}'");
    }

    public static Value Plus(Value value)
    {
        if (value is UndefinedValue undefined) throw undefined.Error;
        if (value is FloatValue) return value;
        return Numbers.Whole(value) is { } whole ? new IntValue(whole) : throw new TemplateException($"bad operand type for unary +: '{value.TypeName}'");
    }

    static Value Arithmetic(Value a, Value b, Func<BigInteger, BigInteger, BigInteger> whole, Func<double, double, double> real) =>
        Numbers.Whole(a) is { } x && Numbers.Whole(b) is { } y ? Numbers.Checked(whole(x, y)) : new FloatValue(real(Numbers.Real(a), Numbers.Real(b)));

    static double Modulo(double a, double b)
    {
        double rest = a % b;
        if (rest == 0) return Math.CopySign(0, b);
        return (rest < 0) != (b < 0) ? rest + b : rest;
    }

    static List<Value> Join(Run run, SequenceValue a, SequenceValue b)
    {
        run.Charge((long)a.Count + b.Count);
        return [.. a.Items, .. b.Items];
    }

    static Value Repeat(Run run, Value value, BigInteger times)
    {
        int count = (int)BigInteger.Max(0, BigInteger.Min(int.MaxValue, times));
        if (value is TextValue text)
        {
            run.ChargeText((long)text.Text.Length * count);
            return new TextValue(text.Text.Length == 1 ? new string(text.Text[0], count) : new System.Text.StringBuilder().Insert(0, text.Text, text.Text.Length == 0 ? 0 : count).ToString(), text.IsMarkup);
        }
        var sequence = (SequenceValue)value;
        if (sequence.Count == 0) return sequence;
        run.Charge((long)sequence.Count * count);
        var items = new List<Value>(sequence.Count * count);
        for (int i = 0; i < count; i++) items.AddRange(sequence.Items);
        return sequence.With(items);
    }

    static void Defined(Value a, Value b)
    {
        if (a is UndefinedValue x) throw x.Error;
        if (b is UndefinedValue y) throw y.Error;
    }

    static TemplateException Unsupported(string operation, Value a, Value b) =>
        new($"unsupported operand type(s) for {operation}: '{a.TypeName}' and '{b.TypeName}'");
}
