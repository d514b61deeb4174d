using System.Globalization;
using System.Text;
using Poise.Cli.Terminal;

namespace Poise.Cli.Chat;

/// <summary>Reasoning, dim and indented, with the time it takes as its last row; hidden, only that row.</summary>
sealed class ReasoningText(bool shown, TimeProvider time) : IGrowingText
{
    const string Indentation = "  ";

    static readonly TextStyle s_heading = new(Dim: true, Italic: true);

    readonly long _started = time.GetTimestamp();
    readonly StringBuilder _tail = new();
    bool _begun;

    string Seconds => string.Create(CultureInfo.InvariantCulture, $"{time.GetElapsedTime(_started).TotalSeconds:0.0} s");

    public void Append(string text)
    {
        if (shown) _tail.Append(text);
    }

    public (List<StyledLine> Final, List<StyledLine> Growing) Render(int width)
    {
        List<StyledLine> final = Heading();
        string text = _tail.ToString();
        int end = text.LastIndexOf('\n') + 1;
        if (end > 0) final.AddRange(Rows(text[..(end - 1)], width));
        _tail.Remove(0, end);
        List<StyledLine> growing = end < text.Length ? Rows(text[end..], width) : [];
        return (final, [.. growing, new StyledLine($"thinking {Seconds}", s_heading)]);
    }

    public List<StyledLine> Finish(int width)
    {
        List<StyledLine> rows = Heading();
        if (_tail.Length > 0) rows.AddRange(Rows(_tail.ToString().TrimEnd('\n'), width));
        _tail.Clear();
        return [.. rows, new StyledLine($"thought for {Seconds}", s_heading), StyledLine.Empty];
    }

    List<StyledLine> Heading()
    {
        if (_begun || !shown) return [];
        _begun = true;
        return [new StyledLine("reasoning", s_heading)];
    }

    static List<StyledLine> Rows(string text, int width) =>
        [.. TextFlow.Wrap([new StyledRun(text, TextStyle.Faint)], width - Indentation.Length).Select(line => new StyledLine(Indentation) + line)];
}
