using System.Text;

namespace Poise.Core.Chat.Templates;

/// <summary>A text that grows, paid for as it does and never longer than the run's limit.</summary>
sealed class TextBuffer(Run run)
{
    readonly StringBuilder _text = new();

    public int Length => _text.Length;

    public TextBuffer Append(string text)
    {
        Pay(text.Length);
        _text.Append(text);
        return this;
    }

    public TextBuffer Append(char unit)
    {
        if ((_text.Length & 15) == 0) Pay(1);
        _text.Append(unit);
        return this;
    }

    public TextBuffer Append(char unit, int count)
    {
        if (count <= 0) return this;
        Pay(count);
        _text.Append(unit, count);
        return this;
    }

    public TextBuffer AppendPoint(int point) => point <= 0xFFFF ? Append((char)point) : Append(char.ConvertFromUtf32(point));

    public override string ToString() => _text.ToString();

    void Pay(int length)
    {
        if ((long)_text.Length + length > run.MaximumText) run.ChargeText((long)_text.Length + length);
        run.ChargeText(length);
    }
}
