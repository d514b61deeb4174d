using System.Globalization;
using System.Numerics;

namespace Poise.Core.Chat.Templates;

/// <summary>Values as text: Python's <c>str</c> and <c>repr</c>.</summary>
static class PythonText
{
    const int LongName = 80;

    /// <summary>What a value prints as.</summary>
    public static string Of(Run run, Value value) => value switch
    {
        TextValue text => text.Text,
        UndefinedValue => "",
        IntValue or FloatValue or BoolValue or NoneValue => Simple(value),
        _ => Repr(run, value),
    };

    public static string Repr(Run run, Value value)
    {
        if (value is IntValue or FloatValue or BoolValue or NoneValue) return Simple(value);
        var text = new TextBuffer(run);
        Write(run, text, value, 0);
        return text.ToString();
    }

    /// <summary>In quotes, with escapes, as Python writes a string in a list.</summary>
    public static string Quote(string text)
    {
        char quote = text.Contains('\'') && !text.Contains('"') ? '"' : '\'';
        var quoted = new System.Text.StringBuilder(text.Length + 2).Append(quote);
        for (int i = 0; i < text.Length; i += CodePoints.LengthAt(text, i))
        {
            int point = CodePoints.At(text, i);
            if (point == quote || point == '\\') quoted.Append('\\').Append((char)point);
            else if (point is '\n' or '\r' or '\t') quoted.Append('\\').Append(point == '\n' ? 'n' : point == '\r' ? 'r' : 't');
            else if (point is >= 32 and < 127) quoted.Append((char)point);
            else if (PythonCharacters.IsPrintable(point)) CodePoints.Append(quoted, point);
            else quoted.Append(Escape(point));
        }
        return quoted.Append(quote).ToString();
    }

    /// <summary>A repr with everything beyond ASCII escaped.</summary>
    public static string Ascii(string repr)
    {
        var ascii = new System.Text.StringBuilder(repr.Length);
        foreach (int point in CodePoints.Of(repr)) ascii.Append(point < 128 ? ((char)point).ToString() : Escape(point));
        return ascii.ToString();
    }

    static string Escape(int point) => point < 0x100 ? $"\\x{point:x2}" : point < 0x10000 ? $"\\u{point:x4}" : $"\\U{point:x8}";

    /// <summary>For messages: names and texts from outside may be of any length.</summary>
    public static string Shorten(string text) => text.Length <= LongName ? text : text[..LongName] + "…";

    /// <summary>For messages: the value as Python writes it, shortened.</summary>
    public static string Describe(Run run, Value value) => value is TextValue text ? Quote(Shorten(text.Text)) : Shorten(Repr(run, value));

    public static string Digits(BigInteger number)
    {
        // 3.33 bits a digit; the exact check follows for what comes near.
        if (number.GetBitLength() > 3.33 * TemplateLimits.IntegerDigits)
            throw new TemplateException($"an integer of more than {TemplateLimits.IntegerDigits} digits cannot be written");
        return number.ToString(CultureInfo.InvariantCulture);
    }

    static string Simple(Value value) => value switch
    {
        IntValue integer => Digits(integer.Number),
        FloatValue real => PythonFloat.Repr(real.Number),
        BoolValue => value.IsTrue ? "True" : "False",
        _ => "None",
    };

    static void Write(Run run, TextBuffer text, Value value, int depth)
    {
        Run.CheckDepth(depth);
        run.Charge(4);
        switch (value)
        {
            case TextValue t:
                if (t.IsMarkup) text.Append("Markup(").Append(Quote(t.Text)).Append(')');
                else text.Append(Quote(t.Text));
                break;
            case ListValue list:
                WriteItems(run, text.Append('['), list.Items, depth).Append(']');
                break;
            case TupleValue tuple:
                WriteItems(run, text.Append('('), tuple.Items, depth).Append(tuple.Count == 1 ? ",)" : ")");
                break;
            case DictValue dict:
                WriteEntries(run, text, dict, depth);
                break;
            case DictView view:
                WriteItems(run, text.Append(view.TypeName).Append("(["), view.Items, depth).Append("])");
                break;
            case RangeValue range:
                text.Append(string.Create(CultureInfo.InvariantCulture, $"range({range.Start}, {range.Stop}"));
                text.Append(range.Step == 1 ? ")" : string.Create(CultureInfo.InvariantCulture, $", {range.Step})"));
                break;
            case NamespaceValue space:
                WriteEntries(run, text.Append("<Namespace "), space.Attributes, depth);
                text.Append('>');
                break;
            case BytesValue bytes:
                WriteBytes(text, bytes.Bytes);
                break;
            case UndefinedValue:
                text.Append("Undefined");
                break;
            case ITemplateObject other:
                text.Append(other.Text(run));
                break;
            case IntValue or FloatValue or BoolValue or NoneValue:
                text.Append(Simple(value));
                break;
            default:
                text.Append('<').Append(value.TypeName).Append(" object>");
                break;
        }
    }

    static TextBuffer WriteItems(Run run, TextBuffer text, IEnumerable<Value> items, int depth)
    {
        bool first = true;
        foreach (Value item in items)
        {
            if (!first) text.Append(", ");
            first = false;
            Write(run, text, item, depth + 1);
        }
        return text;
    }

    static void WriteEntries(Run run, TextBuffer text, DictValue dict, int depth)
    {
        text.Append('{');
        bool first = true;
        foreach ((Value key, Value value) in dict.Entries)
        {
            if (!first) text.Append(", ");
            first = false;
            Write(run, text, key, depth + 1);
            Write(run, text.Append(": "), value, depth + 1);
        }
        text.Append('}');
    }

    static void WriteBytes(TextBuffer text, byte[] bytes)
    {
        char quote = bytes.Contains((byte)'\'') && !bytes.Contains((byte)'"') ? '"' : '\'';
        text.Append('b').Append(quote);
        foreach (byte b in bytes)
        {
            text.Append(b switch
            {
                (byte)'\n' => "\\n",
                (byte)'\r' => "\\r",
                (byte)'\t' => "\\t",
                _ when b == quote || b == '\\' => "\\" + (char)b,
                >= 32 and < 127 => ((char)b).ToString(),
                _ => $"\\x{b:x2}",
            });
        }
        text.Append(quote);
    }
}

/// <summary>A value whose text is its own business.</summary>
interface ITemplateObject
{
    string Text(Run run);
}
