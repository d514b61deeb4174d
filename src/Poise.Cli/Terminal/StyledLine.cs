using System.Text;

namespace Poise.Cli.Terminal;

/// <summary>A piece of text of one style, safe to show.</summary>
readonly record struct StyledRun
{
    public StyledRun(string text, TextStyle style = default)
    {
        Text = ShownText.Of(text);
        Style = style;
    }

    public string Text { get; }

    public TextStyle Style { get; }
}

/// <summary>One row of the screen.</summary>
sealed class StyledLine
{
    public static readonly StyledLine Empty = new([]);

    public StyledLine(IReadOnlyList<StyledRun> runs)
    {
        Runs = runs;
        Width = runs.Sum(run => CellWidth.Of(run.Text));
    }

    public StyledLine(string text, TextStyle style = default) : this(text.Length == 0 ? [] : [new StyledRun(text, style)]) { }

    public IReadOnlyList<StyledRun> Runs { get; }

    /// <summary>Cells.</summary>
    public int Width { get; }

    public string Text => string.Concat(Runs.Select(run => run.Text));

    public static StyledLine operator +(StyledLine left, StyledLine right) => new([.. left.Runs, .. right.Runs]);

    public string ToAnsi(bool colors)
    {
        var ansi = new StringBuilder();
        foreach (StyledRun run in Runs)
        {
            string sequence = run.Style.Sequence(colors);
            ansi.Append(sequence).Append(run.Text);
            if (sequence.Length > 0) ansi.Append(TextStyle.Reset);
        }
        return ansi.ToString();
    }
}
