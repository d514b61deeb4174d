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
        return whole.IsZero ? throw new TemplateException("division by zero") : new FloatValue(Quotient(Numbers.Whole(a)!.Value, whole));
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

    /// <summary>The correctly rounded quotient of integers of any size.</summary>
    static double Quotient(BigInteger a, BigInteger b)
    {
        const int Exact = 53;
        if (a.GetBitLength() <= Exact && b.GetBitLength() <= Exact) return (double)a / (double)b;
        bool negative = (a.Sign < 0) != (b.Sign < 0);
        a = BigInteger.Abs(a);
        b = BigInteger.Abs(b);
        // 66 bits of the quotient, the last one standing for all that follows: more than the rounding looks at.
        int shift = (int)(66 - (a.GetBitLength() - b.GetBitLength()));
        BigInteger quotient = BigInteger.DivRem(shift > 0 ? a << shift : a, shift < 0 ? b << -shift : b, out BigInteger rest);
        if (!rest.IsZero) quotient |= 1;
        // 53 bits, one to round by, and one that says whether anything follows.
        int excess = (int)quotient.GetBitLength() - 55;
        BigInteger kept = quotient >> excess;
        int low = (int)(kept & 3) | (kept << excess == quotient ? 0 : 1);
        kept >>= 2;
        if (low == 3 || (low == 2 && !kept.IsEven)) kept += 1;
        double result = Math.ScaleB((double)kept, excess + 2 - shift);
        if (double.IsInfinity(result)) throw new TemplateException("integer division result too large for a float");
        return negative ? -result : result;
    }

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
