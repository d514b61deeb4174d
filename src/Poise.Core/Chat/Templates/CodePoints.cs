using System.Text;

namespace Poise.Core.Chat.Templates;

/// <summary>Texts as sequences of code points. A lone surrogate counts as one.</summary>
static class CodePoints
{
    public static int Count(ReadOnlySpan<char> text)
    {
        int count = text.Length;
        int at = text.IndexOfAnyInRange('\ud800', '\udbff');
        if (at < 0) return count;
        for (; at + 1 < text.Length; at++)
            if (char.IsHighSurrogate(text[at]) && char.IsLowSurrogate(text[at + 1])) count--;
        return count;
    }

    public static int LengthAt(string text, int offset) => offset + 1 < text.Length && char.IsSurrogatePair(text[offset], text[offset + 1]) ? 2 : 1;

    public static int At(string text, int offset) => LengthAt(text, offset) == 2 ? char.ConvertToUtf32(text[offset], text[offset + 1]) : text[offset];

    public static int[] Of(string text)
    {
        var points = new int[Count(text)];
        for (int i = 0, at = 0; at < text.Length; at += LengthAt(text, at)) points[i++] = At(text, at);
        return points;
    }

    /// <summary>The offset in UTF-16 units of a code point's index.</summary>
    public static int Offset(string text, int index)
    {
        int at = 0;
        for (; index > 0 && at < text.Length; index--) at += LengthAt(text, at);
        return at;
    }

    public static string ToText(int point) => point > 0xFFFF ? char.ConvertFromUtf32(point) : ((char)point).ToString();

    public static string ToText(ReadOnlySpan<int> points)
    {
        var text = new StringBuilder(points.Length);
        foreach (int point in points) Append(text, point);
        return text.ToString();
    }

    public static void Append(StringBuilder text, int point)
    {
        if (point <= 0xFFFF)
        {
            text.Append((char)point);
            return;
        }
        text.Append((char)(0xD7C0 + (point >> 10))).Append((char)(0xDC00 + (point & 0x3FF)));
    }
}
