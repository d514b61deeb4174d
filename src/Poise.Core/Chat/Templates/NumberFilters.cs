using System.Globalization;
using System.Numerics;

namespace Poise.Core.Chat.Templates;

/// <summary>Filters that make numbers or write them.</summary>
static class NumberFilters
{
    static readonly string[] s_decimal = ["kB", "MB", "GB", "TB", "PB", "EB", "ZB", "YB"];
    static readonly string[] s_binary = ["KiB", "MiB", "GiB", "TiB", "PiB", "EiB", "ZiB", "YiB"];

    public static Value Absolute(Value value)
    {
        if (value is FloatValue real) return Value.Of(Math.Abs(real.Number));
        return Numbers.Whole(value) is { } whole ? Value.Of(BigInteger.Abs(whole)) : throw new TemplateException($"bad operand type for abs(): '{value.TypeName}'");
    }

    public static Value ToFloat(Value value, Value? otherwise)
    {
        if (value is UndefinedValue undefined) throw undefined.Error;
        if (Numbers.IsNumber(value)) return Value.Of(Numbers.Real(value));
        return value is TextValue text && PythonFloat.TryRead(text.Text, out double number) ? Value.Of(number) : otherwise ?? Value.Of(0.0);
    }

    public static Value ToInt(Value value, Value?[] a)
    {
        Value otherwise = a[0] ?? Value.Of(0);
        int radix = a[1] is { } given ? Numbers.Index(given) : 10;
        double real;
        switch (value)
        {
            case UndefinedValue undefined:
                throw undefined.Error;
            case IntValue or BoolValue:
                return Value.Of(Numbers.Whole(value)!.Value);
            case FloatValue number:
                if (double.IsInfinity(number.Number)) throw new TemplateException("cannot convert float infinity to integer");
                real = number.Number;
                break;
            case TextValue text:
                if (radix is 0 or (>= 2 and <= 36) && Numbers.TryRead(text.Text, radix, out BigInteger whole)) return Value.Of(whole);
                if (!PythonFloat.TryRead(text.Text, out real)) return otherwise;
                break;
            default:
                return otherwise;
        }
        return double.IsFinite(real) ? Value.Of(new BigInteger(real)) : otherwise;
    }

    public static Value Round(Run run, Value value, Value?[] a)
    {
        if (value is UndefinedValue undefined) throw undefined.Error;
        int places = a[0] is null ? 0 : Numbers.Index(a[0]!);
        string method = a[1] is null ? "common" : PythonText.Of(run, a[1]!);
        if (method is not ("common" or "ceil" or "floor")) throw new TemplateException("method must be common, ceil or floor");
        if (!Numbers.IsNumber(value)) throw new TemplateException($"type {value.TypeName} doesn't define __round__ method");
        if (method == "common") return Numbers.Whole(value) is { } whole ? Value.Of(RoundWhole(whole, places)) : Value.Of(PythonFloat.Round(((FloatValue)value).Number, places));
        if (Math.Abs((long)places) > 400) throw new TemplateException("the precision of round is too large");
        Value power = Operators.Power(Value.Of(10), Value.Of(places));
        Value product = Operators.Multiply(run, value, power);
        if (product is IntValue) return Operators.Divide(product, power);
        double scaled = Numbers.Real(product);
        if (!double.IsFinite(scaled)) throw new TemplateException("cannot convert float infinity or NaN to integer");
        return Operators.Divide(Value.Of(new BigInteger(method == "ceil" ? Math.Ceiling(scaled) : Math.Floor(scaled))), power);
    }

    public static string FileSize(Value value, bool binary)
    {
        if (!Numbers.IsNumber(value) && !(value is TextValue text && PythonFloat.TryRead(text.Text, out _))) throw new TemplateException($"a {value.TypeName} is no number of bytes");
        double bytes = Numbers.Real(ToFloat(value, null));
        int step = binary ? 1024 : 1000;
        if (bytes == 1) return "1 Byte";
        if (bytes < step) return $"{(Math.Truncate(bytes) + 0.0).ToString("0", CultureInfo.InvariantCulture)} Bytes";
        double unit = step;
        int i = 0;
        string[] names = binary ? s_binary : s_decimal;
        for (; i < names.Length; i++)
        {
            unit *= step;
            if (bytes < unit) break;
        }
        double shown = step * bytes / unit;
        return $"{(double.IsFinite(shown) ? PythonFloat.Fixed(shown, 1) : PythonFloat.Repr(shown))} {names[Math.Min(i, names.Length - 1)]}";
    }

    /// <summary>To tens, hundreds ... for negative places; ties to even.</summary>
    static BigInteger RoundWhole(BigInteger number, int places)
    {
        if (places >= 0) return number;
        if (places < -TemplateLimits.IntegerDigits * 2) return BigInteger.Zero;
        BigInteger unit = BigInteger.Pow(10, -places), quotient = BigInteger.DivRem(BigInteger.Abs(number), unit, out BigInteger rest);
        int half = (rest * 2).CompareTo(unit);
        if (half > 0 || (half == 0 && !quotient.IsEven)) quotient += 1;
        return quotient * unit * number.Sign;
    }
}
