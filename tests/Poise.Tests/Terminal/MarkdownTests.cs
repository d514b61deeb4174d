using Poise.Cli.Terminal;

namespace Poise.Tests.Terminal;

/// <summary>What Markdown looks like in cells, whole and while it grows.</summary>
public sealed class MarkdownTests
{
    const string Sample = """
        # Title

        A paragraph with **bold**, *slanted*, `code` and a [link](https://example.org/), long enough to wrap.

        - one
        - two
          - inner 日本語 and more words so that it wraps
            1. deep
        - three

        1. first

        2. second

           its paragraph

        > quoted
        > > twice

        ```python
        def f(x):  # comment
            return "a string" + 1

        print(f(2))
        ```

        | Name | Number |
        |:-----|-------:|
        | a    |      1 |
        | bcd  |   1000 |

        ---

        The end 👍.
        """;

    [Fact]
    public void EveryBlockHasItsLook()
    {
        string expected = """
            Title

            A paragraph with bold, slanted, code and
            a link (https://example.org/), long
            enough to wrap.

            • one
            • two
              • inner 日本語 and more words so that
                it wraps
                1. deep
            • three

            1. first

            2. second

               its paragraph

            │ quoted
            │
            │ │ twice

              def f(x):  # comment
                  return "a string" + 1

              print(f(2))

            Name │ Number
            ─────┼───────
            a    │      1
            bcd  │   1000

            ────────────────────────────────────────

            The end 👍.
            """;
        Assert.Equal(expected.ReplaceLineEndings("\n"), Text(MarkdownRenderer.Render(Sample, 40)));
    }

    [Theory]
    [InlineData(12)]
    [InlineData(20)]
    [InlineData(33)]
    [InlineData(80)]
    public void NoRowIsWiderThanTheScreen(int width) =>
        Assert.All(MarkdownRenderer.Render(Sample, width), line => Assert.True(line.Width <= width, line.Text));

    /// <summary>However it is cut into pieces, the streamed text ends as the same rows, and the screen shows no row twice.</summary>
    [Theory]
    [InlineData(1, 40, 8)]
    [InlineData(1, 24, 50)]
    [InlineData(3, 40, 100)]
    [InlineData(7, 17, 12)]
    [InlineData(50, 80, 10)]
    public void WhatGrowsEndsAsTheWhole(int piece, int width, int height)
    {
        var screen = new VirtualScreen(width, height);
        var region = new LiveRegion(screen);
        var stream = new MarkdownStream();
        var lines = new List<StyledLine>();
        for (int i = 0; i < Sample.Length; i += piece)
        {
            stream.Append(Sample.Substring(i, Math.Min(piece, Sample.Length - i)));
            (List<StyledLine> final, List<StyledLine> growing) = stream.Render(width);
            lines.AddRange(final);
            region.Show([.. lines, .. growing]);
            // A block that became shorter leaves rows free at the end: what scrolled out of sight does not come back.
            string[] visible = screen.Visible.Split('\n');
            Assert.Equal(Text([.. lines, .. growing]).TrimEnd('\n').Split('\n').TakeLast(visible.Length), visible);
            Assert.InRange(visible.Length, Math.Min(height, lines.Count + growing.Count) - 4, height);
        }
        lines.AddRange(stream.Finish(width));
        region.Show(lines);
        region.Finish();
        Assert.Equal(Text(MarkdownRenderer.Render(Sample, width)), Text(lines));
        // Rows may have changed after they scrolled out of sight; on a screen that holds all of them there is no difference.
        if (height >= lines.Count) Assert.Equal(Text(lines), screen.All);
    }

    [Theory]
    [InlineData(2, 1)]
    [InlineData(5, 1)]
    [InlineData(3, 2)]
    public void AnAbsurdlySmallScreenIsSurvived(int width, int height)
    {
        var screen = new VirtualScreen(width, height);
        var region = new LiveRegion(screen);
        var stream = new MarkdownStream();
        foreach (char c in Sample)
        {
            stream.Append(c.ToString());
            (List<StyledLine> final, List<StyledLine> growing) = stream.Render(width);
            region.Show([.. final, .. growing]);
            region.Freeze(final.Count);
        }
        region.Show(stream.Finish(width));
        region.Finish();
        Assert.Equal(0, screen.Cursor.Column);
    }

    [Fact]
    public void ARowThatGrowsIsNotWrittenAgain()
    {
        var screen = new VirtualScreen(60, 10);
        var region = new LiveRegion(screen);
        var stream = new MarkdownStream();
        const string Words = "only what is new is written, never the whole row";
        foreach (char c in Words)
        {
            stream.Append(c.ToString());
            region.Show(stream.Render(60).Growing);
        }
        Assert.Equal(Words, screen.All);
        Assert.InRange(screen.CellsWritten, Words.Length, Words.Length + 10);
    }

    [Fact]
    public void ALongCodeBlockScrolls()
    {
        var screen = new VirtualScreen(40, 10);
        var region = new LiveRegion(screen);
        var stream = new MarkdownStream();
        string code = "```js\n" + string.Concat(Enumerable.Range(1, 50).Select(i => $"let x{i} = {i};\n")) + "```";
        for (int i = 0; i < code.Length; i++)
        {
            stream.Append(code[i].ToString());
            region.Show(stream.Render(40).Growing);
        }
        region.Show(stream.Finish(40));
        region.Finish();
        Assert.Equal(string.Join('\n', Enumerable.Range(1, 50).Select(i => $"  let x{i} = {i};")), screen.All);
    }

    [Theory]
    [InlineData("\e[2J\e]0;title\a", "\\u001b[2J\\u001b]0;title\\u0007")]
    [InlineData("a&#27;[31mb", "a\\u001b[31mb")]
    [InlineData("`\e[1m`", "\\u001b[1m")]
    [InlineData("<b\u009b31m>", "<b\\u009b31m>")]
    [InlineData("[x](http://a\u202eb)", "x (http://a\\u202eb)")]
    [InlineData("a\u200bb\ufeffc", "abc")]
    public void NothingDrivesTheTerminal(string hostile, string shown)
    {
        var screen = new VirtualScreen(60, 10);
        new LiveRegion(screen).Show(MarkdownRenderer.Render(hostile, 60));
        Assert.Equal(shown, screen.All);
    }

    [Fact]
    public void DeepNestingIsShownAllTheSame()
    {
        foreach (string hostile in (string[])[new string('>', 5000) + "x", new string('*', 3000) + "x" + new string('*', 3000), string.Concat(Enumerable.Repeat("- ", 2000)) + "x", new string('[', 5000)])
        {
            List<StyledLine> lines = MarkdownRenderer.Render(hostile, 30);
            Assert.NotEmpty(lines);
            Assert.All(lines, line => Assert.True(line.Width <= 30));
        }
    }

    [Fact]
    public void NoColorKeepsTheWeight()
    {
        StyledLine line = MarkdownRenderer.Render("**bold** `code`", 40)[0];
        Assert.Equal("\e[1mbold\e[0m \e[36mcode\e[0m", line.ToAnsi(colors: true));
        Assert.Equal("\e[1mbold\e[0m code", line.ToAnsi(colors: false));
    }

    [Theory]
    [InlineData("cs", "var x = 1; // one", "var", "1", "// one")]
    [InlineData("python", "def f(): return 'it\\'s' # c", "def", "return", "'it\\'s'", "# c")]
    [InlineData("js", "const a = `b\nc`;", "const", "`b\nc`")]
    [InlineData("sh", "if [ $# -gt 1 ]; then echo \"x\"; fi # end", "if", "1", "then", "\"x\"", "fi", "# end")]
    [InlineData("json", "{\"a\": [1.5, true]}", "\"a\"", "1.5", "true")]
    [InlineData("c", "/* a\nb */ int x", "/* a\nb */", "int")]
    [InlineData("none", "var x = 1;")]
    public void CodeIsColoured(string language, string code, params string[] coloured)
    {
        List<StyledRun> runs = SyntaxColors.Runs(language, code);
        Assert.Equal(code, string.Concat(runs.Select(run => run.Text)));
        Assert.Equal(coloured, runs.Where(run => run.Style != default).Select(run => run.Text));
    }

    [Theory]
    [InlineData("abc", 3)]
    [InlineData("日本", 4)]
    [InlineData("e\u0301", 1)]
    [InlineData("👍", 2)]
    [InlineData("한글", 4)]
    [InlineData("\u1112\u1161\u11ab", 2)]
    [InlineData("ｆｕｌｌ", 8)]
    [InlineData("ñ–…│•", 5)]
    public void WidthsAreCells(string text, int width) => Assert.Equal(width, CellWidth.Of(text));

    static string Text(IEnumerable<StyledLine> lines) => string.Join('\n', lines.Select(line => line.Text.TrimEnd()));
}
