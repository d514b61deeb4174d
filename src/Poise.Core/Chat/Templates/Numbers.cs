using System.Numerics;
using System.Text;

namespace Poise.Core.Chat.Templates;

/// <summary>Integers without limit, floats, and the booleans, which count as 0 and 1.</summary>
static class Numbers
{
    public static bool IsNumber(Value value) => value is IntValue or FloatValue or BoolValue;

    /// <summary>The integer that an int or a bool is.</summary>
    public static BigInteger? Whole(Value value) => value switch
    {
        IntValue integer => integer.Number,
        BoolValue => value.IsTrue ? BigInteger.One : BigInteger.Zero,
        _ => null,
    };

    public static double Real(Value value)
    {
        if (value is FloatValue real) return real.Number;
        return Quotient(Whole(value)!.Value, BigInteger.One);
    }

    /// <summary>Null where one is NaN.</summary>
    public static int? Compare(Value a, Value b)
    {
        if (Whole(a) is { } x && Whole(b) is { } y) return x.CompareTo(y);
        if (a is FloatValue p && b is FloatValue q) return double.IsNaN(p.Number) || double.IsNaN(q.Number) ? null : p.Number.CompareTo(q.Number);
        if (a is not FloatValue) return -Compare(b, a);
        double real = ((FloatValue)a).Number;
        if (double.IsNaN(real)) return null;
        if (double.IsInfinity(real)) return real > 0 ? 1 : -1;
        BigInteger whole = Whole(b)!.Value, floor = new(Math.Floor(real));
        int order = floor.CompareTo(whole);
        return order == 0 && Math.Floor(real) != real ? 1 : order;
    }

    /// <summary>The correctly rounded quotient of integers of any size.</summary>
    public static double Quotient(BigInteger a, BigInteger b)
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
        if (double.IsInfinity(result)) throw new TemplateException("an integer is too large for a float");
        return negative ? -result : result;
    }

    /// <summary>An argument that must be a whole number of a reasonable size: larger ones are cut to what an int holds.</summary>
    public static int Index(Value value)
    {
        if (value is UndefinedValue undefined) throw undefined.Error;
        BigInteger number = Whole(value) ?? throw new TemplateException($"'{value.TypeName}' object cannot be interpreted as an integer");
        return (int)BigInteger.Max(int.MinValue, BigInteger.Min(int.MaxValue, number));
    }

    public static Value Checked(BigInteger number) => number.GetBitLength() <= TemplateLimits.IntegerBits
        ? new IntValue(number)
        : throw new TemplateException($"an integer of more than {TemplateLimits.IntegerBits:N0} bits");

    /// <summary>Reads what Python's <c>int()</c> reads from a text.</summary>
    public static bool TryRead(string text, int radix, out BigInteger number)
    {
        number = 0;
        text = PythonCharacters.Strip(text);
        bool negative = text.StartsWith('-');
        if (negative || text.StartsWith('+')) text = text[1..];
        string prefix = text.Length > 1 && text[0] == '0' ? char.ToLowerInvariant(text[1]).ToString() : "";
        int named = prefix switch { "x" => 16, "o" => 8, "b" => 2, _ => 0 };
        if (radix == 0) radix = named == 0 ? 10 : named;
        if (named == radix && named > 0)
        {
            text = text[2..];
            if (text.StartsWith('_')) text = text[1..];
        }
        if (text.Length == 0 || text.StartsWith('_') || text.EndsWith('_') || text.Contains("__", StringComparison.Ordinal)) return false;
        text = text.Replace("_", "", StringComparison.Ordinal);
        if (text.Length > TemplateLimits.IntegerDigits) throw new TemplateException($"an integer of more than {TemplateLimits.IntegerDigits} digits cannot be read");
        foreach (Rune rune in text.EnumerateRunes())
        {
            int digit = rune.Value < 128 && char.IsAsciiLetter((char)rune.Value) ? char.ToLowerInvariant((char)rune.Value) - 'a' + 10
                : PythonCharacters.IsDecimal(rune.Value) ? (int)Rune.GetNumericValue(rune) : 99;
            if (digit >= radix) return false;
            number = number * radix + digit;
        }
        if (negative) number = -number;
        return true;
    }
}
