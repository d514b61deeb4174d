using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Poise.Tensors.Formats;

/// <summary>Makes text from files fit for an error message.</summary>
static class ErrorText
{
    const int Longest = 80;

    /// <summary>In quotes, shortened, and with control characters replaced: a hostile name must not drive the terminal or turn the text around.</summary>
    public static string Quote(string text) => $"\"{Clean(text)}\"";

    public static string Clean(string text)
    {
        var clean = new StringBuilder();
        foreach (char c in text)
        {
            if (clean.Length == Longest) return clean.Append("...").ToString();
            clean.Append(IsHarmless(c) ? c : '?');
        }
        return clean.ToString();
    }

    /// <summary>What stands in a JSON text where something else was expected.</summary>
    public static string Describe(JsonTokenType token) => token switch
    {
        JsonTokenType.StartObject => "an object",
        JsonTokenType.StartArray => "an array",
        JsonTokenType.String => "a string",
        JsonTokenType.Number => "a number",
        JsonTokenType.True or JsonTokenType.False => "a bool",
        _ => "null",
    };

    /// <summary>Why a text is not JSON, and where.</summary>
    public static string Describe(Exception jsonError)
    {
        string reason = jsonError.Message.Split(" LineNumber:")[0];
        return jsonError is JsonException { LineNumber: { } line, BytePositionInLine: { } position }
            ? $"this is not valid JSON, at line {line + 1}, byte {position + 1}: {reason}"
            : $"this is not valid JSON: {reason}";
    }

    static bool IsHarmless(char c) => char.GetUnicodeCategory(c) is not
        (UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.Surrogate or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator);
}
