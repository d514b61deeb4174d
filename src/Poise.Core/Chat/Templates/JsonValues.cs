using System.Globalization;
using System.Numerics;
using System.Text;
using System.Text.Json;
using Poise.Tensors;

namespace Poise.Core.Chat.Templates;

/// <summary>JSON to values: property order is kept, integers keep all digits, what has a point or an exponent is a float.</summary>
static class JsonValues
{
    static readonly JsonDocumentOptions s_options = new() { MaxDepth = TemplateLimits.ValueDepth };

    public static Value From(JsonElement element, int depth)
    {
        if (depth > TemplateLimits.ValueDepth) throw new PoiseException($"JSON for a template is nested more than {TemplateLimits.ValueDepth} levels deep");
        switch (element.ValueKind)
        {
            case JsonValueKind.String:
                return Value.Of(Text(element));
            case JsonValueKind.Number:
                return Number(element.GetRawText());
            case JsonValueKind.True or JsonValueKind.False:
                return Value.Of(element.ValueKind == JsonValueKind.True);
            case JsonValueKind.Array:
                return new ListValue([.. element.EnumerateArray().Select(item => From(item, depth + 1))]);
            case JsonValueKind.Object:
                var dict = new DictValue();
                foreach (JsonProperty property in element.EnumerateObject()) dict.Set(Name(property), From(property.Value, depth + 1));
                return dict;
            default:
                return Value.None;
        }
    }

    /// <summary>Null for a text that is not a JSON object.</summary>
    public static Value? TryParseObject(string text)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(text, s_options);
            return document.RootElement.ValueKind == JsonValueKind.Object ? From(document.RootElement, 0) : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    static Value Number(string text)
    {
        if (text.AsSpan().IndexOfAny(".eE") >= 0) return Value.Of(double.Parse(text, NumberStyles.Float, CultureInfo.InvariantCulture));
        if (text.Length > TemplateLimits.IntegerDigits) throw new PoiseException($"JSON for a template has an integer of more than {TemplateLimits.IntegerDigits} digits");
        return Value.Of(BigInteger.Parse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture));
    }

    /// <summary>The value of a string.</summary>
    public static string Text(JsonElement element)
    {
        try
        {
            return element.GetString()!;
        }
        catch (InvalidOperationException)
        {
            return Unescape(element.GetRawText()[1..^1]);
        }
    }

    /// <summary>The name of a property.</summary>
    public static string Name(JsonProperty property)
    {
        try
        {
            return property.Name;
        }
        catch (InvalidOperationException)
        {
            string raw = property.ToString();
            int end = 1;
            while (raw[end] != '"') end += raw[end] == '\\' ? 2 : 1;
            return Unescape(raw[1..end]);
        }
    }

    /// <summary>For texts with lone surrogates, which only escapes can spell and which the reader refuses: they become U+FFFD.</summary>
    static string Unescape(string raw)
    {
        var text = new StringBuilder(raw.Length);
        for (int i = 0; i < raw.Length; i++)
        {
            if (raw[i] != '\\')
            {
                text.Append(raw[i]);
                continue;
            }
            char kind = raw[++i];
            if (kind == 'u')
            {
                text.Append((char)ushort.Parse(raw.AsSpan(i + 1, 4), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture));
                i += 4;
            }
            else text.Append(kind switch { 'n' => '\n', 't' => '\t', 'r' => '\r', 'b' => '\b', 'f' => '\f', _ => kind });
        }
        return Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(text.ToString()));
    }
}
