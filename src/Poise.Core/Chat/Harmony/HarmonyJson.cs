using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Poise.Core.Chat.Harmony;

/// <summary>
/// JSON in the compact form that models of the format were trained on: order as given, no blanks, only what must be escaped is escaped,
/// numbers with a fraction or an exponent as the shortest text that reads back (10.0, 1e22, 1e-7).
/// </summary>
static class HarmonyJson
{
    public static string Write(JsonElement value)
    {
        var text = new StringBuilder();
        Write(value, text);
        return text.ToString();
    }

    static void Write(JsonElement value, StringBuilder text)
    {
        bool first = true;
        switch (value.ValueKind)
        {
            case JsonValueKind.Object:
                text.Append('{');
                foreach (JsonProperty property in value.EnumerateObject())
                {
                    if (!first) text.Append(',');
                    first = false;
                    WriteString(property.Name, text);
                    text.Append(':');
                    Write(property.Value, text);
                }
                text.Append('}');
                break;
            case JsonValueKind.Array:
                text.Append('[');
                foreach (JsonElement item in value.EnumerateArray())
                {
                    if (!first) text.Append(',');
                    first = false;
                    Write(item, text);
                }
                text.Append(']');
                break;
            case JsonValueKind.String:
                WriteString(value.GetString()!, text);
                break;
            case JsonValueKind.Number:
                text.Append(Number(value));
                break;
            default:
                text.Append(value.GetRawText());
                break;
        }
    }

    static void WriteString(string value, StringBuilder text)
    {
        text.Append('"');
        foreach (char c in value)
        {
            switch (c)
            {
                case '"': text.Append("\\\""); break;
                case '\\': text.Append("\\\\"); break;
                case '\n': text.Append("\\n"); break;
                case '\r': text.Append("\\r"); break;
                case '\t': text.Append("\\t"); break;
                case '\b': text.Append("\\b"); break;
                case '\f': text.Append("\\f"); break;
                case < ' ': text.Append(CultureInfo.InvariantCulture, $"\\u{(int)c:x4}"); break;
                default: text.Append(c); break;
            }
        }
        text.Append('"');
    }

    static string Number(JsonElement value)
    {
        string raw = value.GetRawText();
        bool whole = raw != "-0" && raw.AsSpan().IndexOfAny(".eE") < 0;
        // Whole numbers beyond 64 bits count as floating point.
        if (whole && (value.TryGetInt64(out _) || value.TryGetUInt64(out _))) return raw;
        double number = value.GetDouble();
        if (!double.IsFinite(number)) return raw;
        if (number == 0) return double.IsNegative(number) ? "-0.0" : "0.0";
        // .NET gives the shortest digits that read back; where the point stands among them is the rule of this form.
        string shortest = Math.Abs(number).ToString("R", CultureInfo.InvariantCulture), sign = number < 0 ? "-" : "";
        int mark = shortest.IndexOf('E', StringComparison.Ordinal);
        string mantissa = mark < 0 ? shortest : shortest[..mark];
        string all = mantissa.Replace(".", "", StringComparison.Ordinal), digits = all.Trim('0');
        int before = mantissa.IndexOf('.', StringComparison.Ordinal) is >= 0 and var dot ? dot : mantissa.Length;
        int exponent = mark < 0 ? 0 : int.Parse(shortest.AsSpan(mark + 1), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture);
        int point = before + exponent - (all.Length - all.TrimStart('0').Length);
        if (point is > 0 and <= 16)
            return sign + (digits.Length <= point ? digits.PadRight(point, '0') + ".0" : digits[..point] + "." + digits[point..]);
        if (point is > -5 and <= 0) return sign + "0." + new string('0', -point) + digits;
        string fraction = digits.Length > 1 ? "." + digits[1..] : "";
        return string.Create(CultureInfo.InvariantCulture, $"{sign}{digits[0]}{fraction}e{point - 1}");
    }
}
