using System.Numerics;

namespace Poise.Core.Chat.Templates;

/// <summary>Python's format specification, <c>[[fill]align][sign][#][0][width][,][.precision][type]</c>; the % operator has a part of it.</summary>
sealed record FormatSpecification
{
    public string Fill { get; init; } = " ";

    /// <summary>One of &lt; &gt; ^ =, or 0 for what the type has.</summary>
    public char Align { get; init; }

    public char Sign { get; init; } = '-';

    public bool Alternate { get; init; }

    public int Width { get; init; }

    public char Grouping { get; init; }

    public int? Precision { get; init; }

    public char Type { get; init; }

    public static FormatSpecification Parse(string text)
    {
        int at = 0;
        var result = new FormatSpecification();
        int first = text.Length > 0 ? CodePoints.LengthAt(text, 0) : 0;
        if (text.Length > first && text[first] is '<' or '>' or '^' or '=')
        {
            result = result with { Fill = text[..first], Align = text[first] };
            at = first + 1;
        }
        else if (text.Length > 0 && text[0] is '<' or '>' or '^' or '=') result = result with { Align = text[at++] };
        if (at < text.Length && text[at] is '+' or '-' or ' ') result = result with { Sign = text[at++] };
        if (at < text.Length && text[at] == '#')
        {
            result = result with { Alternate = true };
            at++;
        }
        if (at < text.Length && text[at] == '0')
        {
            if (result.Align == 0) result = result with { Fill = "0", Align = '=' };
            at++;
        }
        result = result with { Width = ReadNumber(text, ref at) ?? 0 };
        if (at < text.Length && text[at] is ',' or '_') result = result with { Grouping = text[at++] };
        if (at < text.Length && text[at] == '.')
        {
            at++;
            result = result with { Precision = ReadNumber(text, ref at) ?? throw new TemplateException("Format specifier missing precision") };
        }
        if (at < text.Length) result = result with { Type = text[at++] };
        return at == text.Length ? result : throw new TemplateException($"Invalid format specifier '{PythonText.Shorten(text)}'");
    }

    public static int? ReadNumber(string text, ref int at)
    {
        int start = at;
        long number = 0;
        while (at < text.Length && char.IsAsciiDigit(text[at]))
        {
            number = number * 10 + (text[at++] - '0');
            CheckWidth(number);
        }
        return at > start ? (int)number : null;
    }

    public static void CheckWidth(long width)
    {
        if (width > TemplateLimits.FormatWidth) throw new TemplateException($"a format is wider than {TemplateLimits.FormatWidth:N0} characters");
    }

    public string Apply(Run run, Value value)
    {
        switch (value)
        {
            case TextValue text:
                if (Type is not ('\0' or 's')) throw Unknown(value);
                if (Sign != '-') throw new TemplateException("Sign not allowed in string format specifier");
                if (Alternate || Grouping != 0) throw new TemplateException("neither # nor a separator of thousands is allowed in a string format specifier");
                if (Align == '=' && Fill != "0") throw new TemplateException("'=' alignment not allowed in string format specifier");
                string cut = Precision < text.Count ? text.Text[..text.OffsetAt(Precision.Value)] : text.Text;
                return Pad(run, "", cut, Align is '\0' or '=' ? '<' : Align);
            case IntValue or BoolValue when Type is '\0' or 'd' or 'n' or 'x' or 'X' or 'b' or 'o' or 'c':
                return Whole(run, Numbers.Whole(value)!.Value);
            case IntValue or BoolValue or FloatValue:
                return Real(run, value);
            case NoneValue or SequenceValue or DictValue or RangeValue or DictView:
                throw new TemplateException($"unsupported format string passed to {value.TypeName}.__format__");
            default:
                return Pad(run, "", PythonText.Of(run, value), Align == 0 ? '<' : Align);
        }
    }

    string Whole(Run run, BigInteger number)
    {
        if (Precision is not null) throw new TemplateException("Precision not allowed in integer format specifier");
        if (Type == 'c')
        {
            if (number < 0 || number > 0x10FFFF) throw new TemplateException("%c arg not in range(0x110000)");
            return Pad(run, "", CodePoints.ToText((int)number), Align == 0 ? '<' : Align);
        }
        string digits = InRadix(BigInteger.Abs(number), Type);
        string prefix = !Alternate ? "" : Type switch { 'x' => "0x", 'X' => "0X", 'o' => "0o", 'b' => "0b", _ => "" };
        string sign = SignOf(number.Sign < 0) + prefix;
        return Pad(run, sign, Group(digits, Type is 'x' or 'X' or 'o' or 'b' ? 4 : 3, Width - sign.Length), Align == 0 ? '>' : Align);
    }

    string Real(Run run, Value value)
    {
        double number = Numbers.Real(value);
        bool percent = Type == '%';
        if (percent) number *= 100;
        string digits;
        if (PythonFloat.Special(Math.Abs(number)) is { } special) digits = special + (percent ? "%" : "");
        else digits = Type switch
        {
            'f' or 'F' => PythonFloat.Fixed(number, Precision ?? 6),
            '%' => PythonFloat.Fixed(number, Precision ?? 6) + "%",
            'e' or 'E' => PythonFloat.Exponential(number, Precision ?? 6),
            'g' or 'G' or 'n' => PythonFloat.General(number, Precision ?? 6, Alternate),
            '\0' => Precision is { } precision ? Shortest(number, precision) : PythonFloat.Repr(Math.Abs(number)),
            _ => throw Unknown(value),
        };
        if (char.IsAsciiLetterUpper(Type)) digits = digits.ToUpperInvariant();
        string sign = SignOf(double.IsNegative(number));
        return Pad(run, sign, Group(digits, 3, Width - sign.Length), Align == 0 ? '>' : Align);
    }

    /// <summary>As g, but with at least one digit after the point.</summary>
    static string Shortest(double number, int precision)
    {
        string text = PythonFloat.General(number, precision, earlier: 1);
        return text.AsSpan().IndexOfAny(".e") < 0 ? text + ".0" : text;
    }

    public static string InRadix(BigInteger number, char type)
    {
        if (type is '\0' or 'd' or 'n' or 'i' or 'u') return PythonText.Digits(number);
        if (number.IsZero) return "0";
        int bits = type is 'x' or 'X' ? 4 : type == 'o' ? 3 : 1;
        var digits = new List<char>();
        for (; !number.IsZero; number >>= bits) digits.Add((type == 'X' ? "0123456789ABCDEF" : "0123456789abcdef")[(int)(number & ((1 << bits) - 1))]);
        digits.Reverse();
        return new string([.. digits]);
    }

    public string SignOf(bool negative) => negative ? "-" : Sign == '-' ? "" : Sign.ToString();

    public string Pad(Run run, string prefix, string body, char align)
    {
        int missing = Width - CodePoints.Count(prefix) - CodePoints.Count(body);
        if (missing <= 0) return prefix + body;
        run.ChargeText(missing);
        int before = align switch { '<' => 0, '^' => missing / 2, _ => missing };
        string left = Repeat(before), right = Repeat(missing - before);
        return align == '=' ? prefix + left + body : left + prefix + body + right;
    }

    string Repeat(int count) => Fill.Length == 1 ? new string(Fill[0], count) : string.Concat(Enumerable.Repeat(Fill, count));

    /// <param name="room">The width that leading zeros fill, separators included.</param>
    string Group(string digits, int size, int room)
    {
        if (Grouping == 0) return digits;
        int end = 0;
        while (end < digits.Length && char.IsAsciiHexDigit(digits[end]) && !(size == 3 && !char.IsAsciiDigit(digits[end]))) end++;
        if (Align == '=' && Fill == "0")
        {
            int wanted = Math.Max(end, (room - (digits.Length - end)) / (size + 1) * size);
            while (wanted + (wanted - 1) / size < room - (digits.Length - end)) wanted++;
            digits = new string('0', wanted - end) + digits;
            end = wanted;
        }
        var groups = new List<string>();
        for (int to = end; to > 0; to -= size) groups.Add(digits[Math.Max(0, to - size)..to]);
        groups.Reverse();
        return string.Join(Grouping, groups) + digits[end..];
    }

    TemplateException Unknown(Value value) => new($"Unknown format code '{Type}' for object of type '{value.TypeName}'");
}
