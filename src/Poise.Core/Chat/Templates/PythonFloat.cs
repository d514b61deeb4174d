using System.Globalization;
using System.Numerics;

namespace Poise.Core.Chat.Templates;

/// <summary>Floating-point numbers as text, as Python writes and reads them. All digits are exact; ties go to even.</summary>
static class PythonFloat
{
    /// <summary>The shortest digits that read back as the same number.</summary>
    public static string Repr(double number)
    {
        if (Special(number) is { } special) return special;
        string shortest = number.ToString("R", CultureInfo.InvariantCulture);
        (string digits, int exponent) = Parts(shortest);
        string sign = double.IsNegative(number) ? "-" : "";
        if (exponent is < -4 or >= 16)
        {
            string fraction = digits.Length > 1 ? "." + digits[1..] : "";
            return $"{sign}{digits[0]}{fraction}e{(exponent < 0 ? '-' : '+')}{Math.Abs(exponent):00}";
        }
        if (exponent < 0) return $"{sign}0.{new string('0', -exponent - 1)}{digits}";
        return digits.Length > exponent + 1
            ? $"{sign}{digits[..(exponent + 1)]}.{digits[(exponent + 1)..]}"
            : $"{sign}{digits.PadRight(exponent + 1, '0')}.0";
    }

    /// <summary><c>nan</c>, <c>inf</c>, <c>-inf</c>, or null for a finite number.</summary>
    public static string? Special(double number) =>
        double.IsNaN(number) ? "nan" : double.IsPositiveInfinity(number) ? "inf" : double.IsNegativeInfinity(number) ? "-inf" : null;

    /// <summary>With so many digits after the point; of the absolute value of a finite number.</summary>
    public static string Fixed(double number, int places)
    {
        string digits = Scaled(number, places).ToString(CultureInfo.InvariantCulture);
        if (places == 0) return digits;
        digits = digits.PadLeft(places + 1, '0');
        return $"{digits[..^places]}.{digits[^places..]}";
    }

    /// <summary>One digit, a point, so many digits, and an exponent; of the absolute value of a finite number.</summary>
    public static string Exponential(double number, int places)
    {
        (string digits, int exponent) = Significant(number, places + 1);
        string fraction = places > 0 ? "." + digits[1..] : "";
        return $"{digits[0]}{fraction}e{(exponent < 0 ? '-' : '+')}{Math.Abs(exponent):00}";
    }

    /// <summary>C's %g, of the absolute value of a finite number.</summary>
    /// <param name="earlier">How much sooner than in C large numbers get an exponent.</param>
    public static string General(double number, int precision, bool keepZeros = false, int earlier = 0)
    {
        precision = Math.Max(1, precision);
        (string digits, int exponent) = Significant(number, precision);
        if (exponent < -4 || exponent >= precision - earlier)
        {
            string fraction = digits.Length > 1 ? "." + digits[1..] : "";
            return $"{Trim(digits[0] + fraction, keepZeros)}e{(exponent < 0 ? '-' : '+')}{Math.Abs(exponent):00}";
        }
        string text = exponent < 0
            ? "0." + new string('0', -exponent - 1) + digits
            : digits.Length > exponent + 1 ? digits[..(exponent + 1)] + "." + digits[(exponent + 1)..] : digits;
        return Trim(text, keepZeros);
    }

    /// <summary>Python's <c>round</c> of a float: exact, ties to even.</summary>
    public static double Round(double number, int places)
    {
        if (Special(number) is not null || places > 330) return number;
        if (places < -330) return Math.CopySign(0, number);
        BigInteger scaled = Scaled(number, places);
        double rounded = double.Parse($"{scaled.ToString(CultureInfo.InvariantCulture)}E{-places}", CultureInfo.InvariantCulture);
        if (double.IsInfinity(rounded)) throw new TemplateException("rounded value too large to represent");
        return double.IsNegative(number) ? -rounded : rounded;
    }

    /// <summary>Reads what Python's <c>float()</c> reads.</summary>
    public static bool TryRead(string text, out double number)
    {
        text = PythonCharacters.AsciiDigits(PythonCharacters.Strip(text));
        number = 0;
        if (text.Contains('_'))
        {
            for (int i = 0; i < text.Length; i++)
                if (text[i] == '_' && (i == 0 || i == text.Length - 1 || !char.IsAsciiDigit(text[i - 1]) || !char.IsAsciiDigit(text[i + 1]))) return false;
            text = text.Replace("_", "", StringComparison.Ordinal);
        }
        string word = text.TrimStart('+', '-').ToLowerInvariant();
        if (text.Length - word.Length > 1) return false;
        if (word is "inf" or "infinity" or "nan")
        {
            number = word == "nan" ? double.NaN : text[0] == '-' ? double.NegativeInfinity : double.PositiveInfinity;
            return true;
        }
        return word.Length > 0 && (char.IsAsciiDigit(word[0]) || word[0] == '.')
            && double.TryParse(text, NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent, CultureInfo.InvariantCulture, out number);
    }

    static string Trim(string text, bool keep) => keep ? (text.Contains('.') ? text : text + ".") : text.Contains('.') ? text.TrimEnd('0').TrimEnd('.') : text;

    /// <summary>|number| · 10^places, rounded to a whole number, ties to even.</summary>
    static BigInteger Scaled(double number, int places)
    {
        (BigInteger numerator, BigInteger denominator) = Fraction(number);
        if (places >= 0) numerator *= BigInteger.Pow(10, places);
        else denominator *= BigInteger.Pow(10, -places);
        BigInteger quotient = BigInteger.DivRem(numerator, denominator, out BigInteger rest);
        int half = (rest * 2).CompareTo(denominator);
        return half > 0 || (half == 0 && !quotient.IsEven) ? quotient + 1 : quotient;
    }

    static (string Digits, int Exponent) Significant(double number, int count)
    {
        if (number == 0) return (new string('0', count), 0);
        // From below: the estimate may be one off, and rounding may carry into another digit.
        for (int exponent = (int)Math.Floor(Math.Log10(Math.Abs(number))) - 1; ; exponent++)
        {
            string digits = Scaled(number, count - 1 - exponent).ToString(CultureInfo.InvariantCulture);
            if (digits.Length <= count) return (digits, exponent);
        }
    }

    static (BigInteger Numerator, BigInteger Denominator) Fraction(double number)
    {
        long bits = BitConverter.DoubleToInt64Bits(number);
        int exponent = (int)(bits >> 52 & 0x7FF);
        BigInteger mantissa = (bits & 0xFFFFFFFFFFFFF) | (exponent == 0 ? 0 : 1L << 52);
        int shift = Math.Max(exponent, 1) - 1075;
        return shift >= 0 ? (mantissa << shift, BigInteger.One) : (mantissa, BigInteger.One << -shift);
    }

    static (string Digits, int Exponent) Parts(string text)
    {
        int e = text.IndexOf('E', StringComparison.Ordinal);
        int exponent = e < 0 ? 0 : int.Parse(text.AsSpan(e + 1), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture);
        string mantissa = (e < 0 ? text : text[..e]).TrimStart('-');
        int point = mantissa.IndexOf('.', StringComparison.Ordinal);
        exponent += (point < 0 ? mantissa.Length : point) - 1;
        string digits = mantissa.Replace(".", "", StringComparison.Ordinal);
        int zeros = digits.Length - digits.TrimStart('0').Length;
        if (zeros == digits.Length) return ("0", 0);
        digits = digits[zeros..].TrimEnd('0');
        return (digits, exponent - zeros);
    }
}
