using System.Numerics;

namespace Poise.Core.Chat.Templates;

/// <summary>The % operator on strings.</summary>
static class PercentFormat
{
    public static string Apply(Run run, TextValue format, Value arguments)
    {
        var text = new TextBuffer(run);
        IReadOnlyList<Value> values = arguments is TupleValue tuple ? tuple.Items : [arguments];
        var named = arguments as DictValue;
        int next = 0;
        bool usesNames = false;
        string source = format.Text;
        for (int at = 0; at < source.Length;)
        {
            int percent = source.IndexOf('%', at);
            if (percent < 0) percent = source.Length;
            text.Append(source[at..percent]);
            if (percent == source.Length) break;
            at = percent + 1;
            Value? keyed = null;
            if (at < source.Length && source[at] == '(')
            {
                string name = ReadName(source, ref at);
                if (named is null) throw new TemplateException("format requires a mapping");
                keyed = named.TryGet(name, out Value? found) ? found : throw new TemplateException($"the format needs the key {PythonText.Quote(PythonText.Shorten(name))}");
                usesNames = true;
            }
            Value Take() => next < values.Count ? values[next++] : throw new TemplateException("not enough arguments for format string");
            FormatSpecification specification = ReadFlags(source, ref at, Take);
            if (at >= source.Length) throw new TemplateException("incomplete format");
            int length = CodePoints.LengthAt(source, at);
            string code = source.Substring(at, length);
            at += length;
            if (code == "%")
            {
                text.Append('%');
                continue;
            }
            text.Append(One(run, specification with { Type = code[0] }, keyed ?? Take(), format.IsMarkup));
        }
        if (!usesNames && next < values.Count && arguments is not (DictValue or ListValue or RangeValue or BytesValue or UndefinedValue)) throw new TemplateException("not all arguments converted during string formatting");
        return text.ToString();
    }

    static string ReadName(string source, ref int at)
    {
        int start = ++at;
        for (int open = 1; at < source.Length; at++)
        {
            if (source[at] == '(') open++;
            else if (source[at] == ')' && --open == 0) return source[start..at++];
        }
        throw new TemplateException("incomplete format key");
    }

    static FormatSpecification ReadFlags(string source, ref int at, Func<Value> take)
    {
        bool left = false, zero = false, alternate = false;
        char sign = '-';
        for (; at < source.Length && source[at] is '-' or '+' or ' ' or '0' or '#'; at++)
        {
            switch (source[at])
            {
                case '-': left = true; break;
                case '0': zero = true; break;
                case '#': alternate = true; break;
                case '+': sign = '+'; break;
                default: sign = sign == '+' ? '+' : ' '; break;
            }
        }
        int width = ReadNumber(source, ref at, take) ?? 0;
        if (width < 0)
        {
            left = true;
            width = -width;
        }
        int? precision = null;
        if (at < source.Length && source[at] == '.')
        {
            at++;
            precision = Math.Max(0, ReadNumber(source, ref at, take) ?? 0);
        }
        while (at < source.Length && source[at] is 'h' or 'l' or 'L') at++;
        return new FormatSpecification { Sign = sign, Alternate = alternate, Width = width, Precision = precision, Align = left ? '<' : zero ? '=' : '>' };
    }

    static int? ReadNumber(string source, ref int at, Func<Value> take)
    {
        if (at >= source.Length || source[at] != '*') return FormatSpecification.ReadNumber(source, ref at);
        at++;
        int width = Numbers.Whole(take()) is { } whole ? (int)BigInteger.Max(-int.MaxValue, BigInteger.Min(int.MaxValue, whole)) : throw new TemplateException("* wants int");
        FormatSpecification.CheckWidth(Math.Abs((long)width));
        return width;
    }

    static string One(Run run, FormatSpecification format, Value value, bool escape)
    {
        switch (format.Type)
        {
            case 's' or 'r' or 'a':
                string text = format.Type == 's' ? PythonText.Of(run, value) : PythonText.Repr(run, value);
                if (format.Type == 'a') text = PythonText.Ascii(text);
                if (escape && value is not TextValue { IsMarkup: true }) text = Markup.Escape(run, text);
                return Text(run, format, text);
            case 'c':
                if (value is TextValue { Count: 1 } one) return Text(run, format, one.Text);
                if (Numbers.Whole(value) is not { } point) throw new TemplateException("%c requires int or char");
                return point >= 0 && point <= 0x10FFFF ? Text(run, format, CodePoints.ToText((int)point)) : throw new TemplateException("%c arg not in range(0x110000)");
            case 'd' or 'i' or 'u' or 'x' or 'X' or 'o':
                return Whole(run, format, Number(format, value));
            case 'e' or 'E' or 'f' or 'F' or 'g' or 'G':
                if (!Numbers.IsNumber(value)) throw new TemplateException($"must be real number, not {value.TypeName}");
                double real = Numbers.Real(value);
                return (format with { Fill = format.Align == '=' ? "0" : " ", Precision = format.Precision ?? 6 }).Apply(run, new FloatValue(real));
            default:
                throw new TemplateException($"unsupported format character '{format.Type}'");
        }
    }

    static BigInteger Number(FormatSpecification format, Value value)
    {
        if (Numbers.Whole(value) is { } whole) return whole;
        if (value is FloatValue { Number: var real } && format.Type is 'd' or 'i' or 'u')
            return double.IsFinite(real) ? new BigInteger(real) : throw new TemplateException($"cannot convert float {PythonFloat.Repr(real)} to integer");
        throw new TemplateException($"%{format.Type} format: {(format.Type is 'd' or 'i' or 'u' ? "a real number" : "an integer")} is required, not {value.TypeName}");
    }

    static string Whole(Run run, FormatSpecification format, BigInteger number)
    {
        string digits = FormatSpecification.InRadix(BigInteger.Abs(number), format.Type);
        if (format.Precision is { } precision)
        {
            FormatSpecification.CheckWidth(precision);
            digits = digits.PadLeft(precision, '0');
        }
        string prefix = !format.Alternate ? "" : format.Type switch { 'x' => "0x", 'X' => "0X", 'o' => "0o", _ => "" };
        return (format with { Fill = format.Align == '=' ? "0" : " " }).Pad(run, format.SignOf(number.Sign < 0) + prefix, digits, format.Align);
    }

    static string Text(Run run, FormatSpecification format, string text)
    {
        if (format.Precision is { } precision && precision < CodePoints.Count(text)) text = text[..CodePoints.Offset(text, precision)];
        return format.Pad(run, "", text, format.Align == '=' ? '>' : format.Align);
    }
}
