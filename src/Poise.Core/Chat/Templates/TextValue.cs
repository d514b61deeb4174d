namespace Poise.Core.Chat.Templates;

/// <summary>A string. Its length, its indices and its slices count code points, as in Python.</summary>
/// <param name="isMarkup">Whether it is escaped HTML already: text that joins it is escaped then.</param>
sealed class TextValue(string text, bool isMarkup = false) : Value, ISized
{
    public static readonly TextValue Empty = new("");

    int[]? _points;
    int _count = -1;

    public string Text => text;

    public bool IsMarkup => isMarkup;

    public override string TypeName => isMarkup ? "Markup" : "str";

    public override bool IsTrue => text.Length > 0;

    /// <summary>In code points.</summary>
    public int Count => _count >= 0 ? _count : _count = CodePoints.Count(text);

    bool IsPlain => Count == text.Length;

    /// <summary>The character at a code point's index, which must exist.</summary>
    public string At(int index) => IsPlain ? text[index].ToString() : CodePoints.ToText((_points ??= CodePoints.Of(text))[index]);

    public IEnumerable<Value> Characters()
    {
        for (int i = 0; i < text.Length;)
        {
            int length = CodePoints.LengthAt(text, i);
            yield return new TextValue(text.Substring(i, length));
            i += length;
        }
    }

    /// <summary>The elements at start, start + step ..., count of them.</summary>
    public TextValue Slice(int start, int step, int count)
    {
        if (count == 0) return isMarkup ? new TextValue("", true) : Empty;
        if (step == 1 && IsPlain) return new TextValue(text.Substring(start, count), isMarkup);
        int[] points = _points ??= CodePoints.Of(text);
        var chosen = new int[count];
        for (int i = 0; i < count; i++) chosen[i] = points[start + i * step];
        return new TextValue(CodePoints.ToText(chosen), isMarkup);
    }

    /// <summary>From an offset in UTF-16 units to an index.</summary>
    public int IndexAt(int offset) => IsPlain ? offset : CodePoints.Count(text.AsSpan(0, offset));

    /// <summary>From an index to an offset in UTF-16 units.</summary>
    public int OffsetAt(int index) => IsPlain ? index : CodePoints.Offset(text, index);
}
